/** What speaks against a healthCheck, and the verdict that follows, whichever the engine. PURE. */
import type { Verdict } from '../common/events.ts';
import type { HoldKind } from '../common/holds.ts';

/** Who is asked about, and what must run there. */
export interface Expectation {
  readonly version: string;
  readonly instance: string;
  readonly member: string;
}

export interface Complaint {
  readonly kind: HoldKind;
  readonly detail: string;
}

export const complain = (detail: string, kind: HoldKind = 'health-check-failed'): Complaint => ({ kind, detail });

/** A person decides, unless the sequencer knows that it may pass. null: nothing speaks against it. */
export function verdictOn(complaint: Complaint | null, { instance }: Expectation): Verdict {
  if (complaint === null) return { ok: true };
  return {
    ok: false,
    hold: {
      kind: complaint.kind,
      subject: instance,
      detail: complaint.detail,
      releasedBy: 'person',
      until: 'look at the node, then retry or resolve the step, or end the run',
      commands: [],
    },
  };
}
