/** Kill points: every call by which a program touches the world, before and after it, numbered in the order in which a seed makes them. */

export interface Point {
  /** Program that makes the call: `controller`, or the name of a node for its agent. */
  readonly program: string;
  readonly label: string;
}

export const nameOf = ({ program, label }: Point): string => `${program} ${label}`;

/** What a killed program throws where it must throw; it is caught unheard. */
export class Killed extends Error {}

export class Points {
  readonly passed: Point[] = [];
  /** Counted from the run's start on; before that, nothing is killed. */
  counting = false;
  /** By name, those that were struck. */
  readonly struck = new Set<string>();
  readonly #deaths = new Map<number, (point: Point) => void>();
  readonly #named = new Map<string, (point: Point) => void>();

  killAt(index: number, onKill: (point: Point) => void): void {
    this.#deaths.set(index, onKill);
  }

  /** At the first call of this name, whatever happened before it. */
  killAtNamed(name: string, onKill: (point: Point) => void): void {
    this.#named.set(name, onKill);
  }

  /** Kills whom this point was chosen for. */
  pass(program: string, label: string): void {
    if (!this.counting) return;
    const point = { program, label };
    this.passed.push(point);
    this.#deaths.get(this.passed.length - 1)?.(point);
    if (this.#named.size > 0) this.#strike(nameOf(point), point);
  }

  #strike(name: string, point: Point): void {
    const onKill = this.#named.get(name);
    if (onKill === undefined) return;
    this.#named.delete(name);
    this.struck.add(name);
    onKill(point);
  }
}

/** Calls that only probe: whether their answer was still heard makes no difference to a program that is dead. */
const probes = [
  'bootId',
  'unitState',
  'releasesSeen',
  'hostFacts',
  'space',
  'readText',
  'readBytes',
  'writeObstacle',
  'capabilities',
  'observe',
  'check',
  'stopped',
  'ready',
];
const isAfterProbe = (label: string): boolean => probes.some((probe) => label.endsWith(` after ${probe}`));

/**
 * Points of a clean run that are worth one run each: before and after everything that changes something, and before every probe. Polling
 * asks the same again and again: of the probes that a program makes between two of its commits, one of each kind is enough.
 */
export function worthKilling(passed: readonly Point[]): readonly number[] {
  const seen = new Map<string, Set<string>>();
  return passed.flatMap(({ program, label }, index) => {
    const known = seen.get(program) ?? new Set();
    seen.set(program, known);
    const isCommit = label.startsWith('commit');
    if (isCommit) known.clear();
    if (known.has(label) || isAfterProbe(label)) return [];
    if (!isCommit) known.add(label);
    return [index];
  });
}

/** What it is one of: for an agent the call or what it commits, whatever the order; for the controller what it commits of which step, whatever the node. */
export function kindOf({ program, label }: Point): string {
  if (program === 'controller') return `controller ${label.replace(/h\d+\.\w+\.[\w-]+\.(?:\w+\.)?/g, '')}`;
  return `agent ${label.replace(/ of \S+$/, '').replace(/ \d+$/, '')}`;
}
