/** A server's processes as the kernel shows them, for when it answers no SQL. Unknown forms give null, never a guess. PURE. */

export interface ServerProcess {
  readonly kind: 'session' | 'archiver' | 'checkpointer' | 'sender' | 'other';
  /** What it shows of what it does: `archiving 000000010000000000000003`, `repl 10.0.0.2(39712) streaming 0/3000148`; empty: nothing. */
  readonly title: string;
}

const kinds: Readonly<Record<string, ServerProcess['kind']>> = {
  archiver: 'archiver',
  checkpointer: 'checkpointer',
  walsender: 'sender',
  // It ends with the sessions.
  'autovacuum worker': 'session',
};

const auxiliary =
  /^(?:.*: )?(archiver|checkpointer|walsender|autovacuum worker|background writer|walwriter|walreceiver|startup|logger|stats collector|walsummarizer|slotsync worker|io worker|autovacuum launcher|logical replication launcher|bgworker)\b:? *(.*)$/;

/** `postgres: pg-1: archiver archiving 000000010000000000000003`, with cluster_name in front where there is one. Source: ps_status.c. */
export function parseProcessTitle(cmdline: string): ServerProcess | null {
  const match = /^postgres: (.*)$/s.exec(cmdline.replaceAll('\0', ' ').trim());
  if (match?.[1] === undefined) return null;
  const special = auxiliary.exec(match[1]);
  const name = special?.[1];
  if (name === undefined) return { kind: 'session', title: match[1] };
  return { kind: kinds[name] ?? 'other', title: (special?.[2] ?? '').trim() };
}

/** /proc/PID/task/PID/children: `4711 4712 `. */
export function parseChildren(text: string): readonly number[] {
  return text.split(/\s+/).flatMap((word) => (/^[1-9][0-9]*$/.test(word) ? [Number(word)] : []));
}

/** Linux counts in hundredths of a second wherever it shows ticks to programs (USER_HZ). */
const ticksPerS = 100;

/** From /proc/PID/stat: seconds after the boot at which the process began. Its name, in brackets, may hold anything. */
export function parseStartedS(stat: string): number | null {
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ')[19];
  return ticks === undefined || !/^[0-9]+$/.test(ticks) ? null : Number(ticks) / ticksPerS;
}
