/** Did two members take writes at the same time? Told by writes that each of them confirmed. PURE. */

/** One write that a member confirmed: it took writes at some moment between asking and being told. Milliseconds of one clock. */
export interface Acceptance {
  readonly member: string;
  /** Start of the server process: within one life a member that takes writes does so until it ends. */
  readonly life: string;
  readonly askedMs: number;
  readonly reportedMs: number;
}

/** Surely writable from first to last; empty when only one write was confirmed. */
interface Span {
  readonly member: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly accepted: readonly Acceptance[];
}

/** One sentence for each pair of lives that overlap; empty: there was never more than one. */
export function overlaps(acceptances: readonly Acceptance[]): readonly string[] {
  const spans = spansOf(acceptances);
  const found: string[] = [];
  for (const [at, one] of spans.entries())
    for (const other of spans.slice(at + 1)) {
      if (one.member === other.member || !overlap(one, other)) continue;
      const text = ({ member, fromMs, toMs }: Span) => `${member} (${fromMs.toFixed(0)} to ${toMs.toFixed(0)} ms)`;
      found.push(`${text(one)} and ${text(other)} took writes at the same time`);
    }
  return found;
}

function spansOf(acceptances: readonly Acceptance[]): readonly Span[] {
  const lives = new Map<string, Acceptance[]>();
  for (const each of acceptances) {
    const key = `${each.member} ${each.life}`;
    lives.set(key, [...(lives.get(key) ?? []), each]);
  }
  return [...lives.values()].map((accepted) => ({
    member: accepted[0]?.member ?? '',
    fromMs: Math.min(...accepted.map((each) => each.reportedMs)),
    toMs: Math.max(...accepted.map((each) => each.askedMs)),
    accepted,
  }));
}

function overlap(one: Span, other: Span): boolean {
  const surely = one.fromMs <= one.toMs && other.fromMs <= other.toMs && one.fromMs < other.toMs && other.fromMs < one.toMs;
  return surely || within(one, other) || within(other, one);
}

const within = (span: Span, { accepted }: Span): boolean =>
  accepted.some(({ askedMs, reportedMs }) => span.fromMs <= askedMs && reportedMs <= span.toMs);
