/** PURE. Reads in a unit of systemd, as `systemctl cat` prints it, whether a hold keeps it from being started. */

export interface LockFiles {
  readonly unit: string;
  /** As long as this file is there the unit is held. */
  readonly hold: string;
  /** Made for one start through the hold. */
  readonly pass: string;
  /** The agent itself: removed, it keeps no unit down any more, whatever else of it was left behind. */
  readonly program: string;
}

/** The lines that the drop-in must hold, with the unit's own name in place of `%n` or without. */
export function lockLines({ hold, pass, program }: LockFiles): readonly string[] {
  return [`AssertPathExists=|!${hold}`, `AssertPathExists=|${pass}`, `AssertPathExists=|!${program}`];
}

/**
 * True when the unit starts only without a hold, with a pass, or without an agent. Triggering assertions (`|`) are alternatives, so that one more of them
 * would be a way around the hold.
 */
export function isLocked(unitText: string, files: LockFiles): boolean {
  const alternatives = assertions(unitText)
    .filter((line) => /^\w+=\|/.test(line))
    .map((line) => line.replaceAll('%n', files.unit));
  const wanted = lockLines(files);
  return wanted.every((line) => alternatives.includes(line)) && alternatives.every((line) => wanted.includes(line));
}

/** By this the unit's program gets the flags of one start. */
export const flagsVariable = 'DRYDOCK_START_FLAGS';

/** True when the unit's [Service] reads this file as its environment, and its program is started with the flags that stand there. */
export function passesFlags(unitText: string, unit: string, environmentLine: string): boolean {
  const lines = unitText.split('\n').map((line) => line.trim().replaceAll('%n', unit));
  return lines.includes(environmentLine) && lines.some((line) => line.startsWith('ExecStart=') && line.includes(`$${flagsVariable}`));
}

/** Assertions active: those of the section [Unit], in the order in which they are read; an empty one rolls back all before it. */
function assertions(unitText: string): readonly string[] {
  let section = '';
  let found: string[] = [];
  for (const raw of unitText.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('[')) section = line;
    const [, name, value] = /^(Assert\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== '[Unit]' || name === undefined) continue;
    found = value === '' ? [] : [...found, `${name}=${value}`];
  }
  return found;
}
