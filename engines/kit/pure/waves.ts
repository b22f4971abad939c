/** Hops that stop everything, or the one instance that there is: which components go together, in which order, and what each node does. PURE. */
import type { NodeView } from '../../../common/facts.ts';
import type { Step, WaveOrder } from '../../../common/plan.ts';
import type { ComponentSeen } from '../../../common/procedure.ts';
import type { NodeWave, StoppedForm, TurnInput } from '../../../common/shape-forms.ts';
import { type Checks, guardsOf } from './checks.ts';
import { awaitSelf, stepOf } from './steps.ts';
import { downtimeStep, type Part, type TurnTable } from './turns.ts';

/** The kinds of nodes of an engine, each a quorum group of its own. */
export interface Components<C extends string> {
  of(node: NodeView): C;
  readonly table: Readonly<Record<C, ComponentForm>>;
}

interface ComponentForm {
  /** How its nodes go where a wave is of them. */
  readonly order: WaveOrder;
  /** Its failure is reported and keeps no run. */
  readonly lesser?: true;
  /** Its data is snapshot while everything is stopped. */
  readonly snapshot?: true;
}

/** How an engine fills in what is stopped as a whole. */
export interface StopOrder<C extends string> {
  /** What clients see while everything is stopped, one clause. */
  readonly clientsSee: string;
  /** Components in the order in which they stop, and in which they start: every one that runs. */
  readonly stop: readonly C[];
  readonly start: readonly C[];
  readonly preparationStopsWrites?: true;
  readonly onceStarted?: NonNullable<StoppedForm['onceStarted']>;
  /** What the node's program is given at this one start; left out: nothing. `back`: at the start of what ran before. */
  startFlags?(input: TurnInput, way: 'forward' | 'back'): readonly string[];
}

/** Which way the start goes that follows a step: after a stop that undoes a start comes what ran before. */
const startsAfter = (id: string): 'forward' | 'back' => (id.startsWith('undo.') ? 'back' : 'forward');

export function componentBy<C extends string>({ of, table }: Components<C>): (node: NodeView) => ComponentSeen {
  return (node) => ({ component: of(node), group: of(node), critical: table[of(node)].lesser !== true });
}

export function stoppedBy<S, F, C extends string>(
  checks: Checks<S, F>,
  turns: TurnTable,
  { of, table }: Components<C>,
  order: StopOrder<C>,
): StoppedForm {
  const waves = (nodes: readonly NodeView[], names: readonly C[]): readonly NodeWave[] =>
    names.map((name) => ({
      name,
      order: table[name].order,
      instances: nodes.filter((node) => of(node) === name).map(({ instance }) => instance),
    }));
  const { deadlineMs, expectedMs } = turns.downtime;
  const change = (input: TurnInput, id: string, title: string, parts: readonly Part[], way: 'forward' | 'back'): Step => {
    const guards =
      id === 'stop' ? guardsOf(checks, input, 'waveGuard') : id === 'undo.activate' ? guardsOf(checks, input, 'backGuard') : [];
    // A stop tells what will be given at the start: whether the unit takes it is found out before anything is down.
    const startFlags = parts.includes('stop') || parts.includes('start') ? (order.startFlags?.(input, startsAfter(id)) ?? []) : [];
    return downtimeStep(input, {
      startFlags,
      id: `${input.idPrefix}.${id}`,
      title,
      parts,
      way,
      onFailure: 'leave-stopped',
      guards,
      deadlineMs,
      expectedMs,
    });
  };
  const serves = ({ idPrefix, node }: TurnInput, id: string): Step =>
    stepOf(node.instance, {
      id: `${idPrefix}.${id}`,
      title: 'in service',
      body: awaitSelf('in-service'),
      deadlineMs: turns.health.deadlineMs,
      expectedMs: turns.health.expectedMs,
      healthCheck: 'in-service',
    });
  return {
    clientsSee: order.clientsSee,
    ...(order.preparationStopsWrites === undefined ? {} : { preparationStopsWrites: true }),
    ...(order.onceStarted === undefined ? {} : { onceStarted: order.onceStarted }),
    stopWaves: ({ nodes }) => waves(nodes, order.stop),
    startWaves: ({ nodes }) => waves(nodes, order.start),
    snapshots: (node) => table[of(node)].snapshot === true,
    stop: (input) => ({
      steps: [change(input, 'stop', 'stop', ['quiesce', 'stop'], 'forward')],
      // What ran before is in place: by the undo of the wave that activated, or because that never came.
      undo: [change(input, 'undo.start', 'start again', ['start'], 'back'), serves(input, 'undo.serves')],
    }),
    activate: (input) => ({
      steps: [change(input, 'activate', `activate ${input.hop.to}`, ['activate'], 'forward')],
      undo: [change(input, 'undo.activate', `activate ${input.hop.from}`, ['activate'], 'back')],
    }),
    start: (input) => ({
      steps: [change(input, 'start', 'start', ['start'], 'forward'), serves(input, 'serves')],
      undo: [change(input, 'undo.stop', 'stop again', ['stop'], 'back')],
    }),
  };
}
