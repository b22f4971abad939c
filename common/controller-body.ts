/**
 * Steps of a plan that are no orders: consents, attestations, soaks, questions to other systems. The controller opens and ends them;
 * they are not sent to agents.
 */

/** Role that a person must have to consent. */
export const consentRoles = ['operator', 'approver', 'admin'] as const;
export type ConsentRole = (typeof consentRoles)[number];

/** What a metric may become, against a bound of its own or against what it was before the hop began. */
export interface SoakBound {
  /** As the engine's procedure names it. */
  readonly metric: string;
  readonly atMost?: number;
  /** Times its baseline. */
  readonly atMostOfBaseline?: number;
}

export type ExternalQuestion =
  /** A Prometheus query with one number for its answer. */
  | { readonly by: 'prometheus'; readonly url: string; readonly query: string; readonly atMost: number }
  /** A GET that must be answered with this status. */
  | { readonly by: 'http'; readonly url: string; readonly status: number };

/** Another system must agree; an answer that is missing is no agreement (P9). */
export interface ExternalBody {
  readonly kind: 'external';
  /** As the controller's settings name it; credentials are found by it there, and stand nowhere else. */
  readonly name: string;
  readonly question: ExternalQuestion;
  /** It must have agreed for so long in all; 0: one answer is enough. */
  readonly forMs: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** For so long it need not agree before the run holds; and once it holds, for so long it must agree. */
  readonly toleranceMs: number;
}

export type ControllerBody =
  /**
   * A person with the role agrees to exactly this thing; `rests`: until then the run rests unfinalized, `deadlineMs` at most, and `refused` cannot
   * be used.
   */
  | {
      readonly kind: 'consent';
      readonly thing: string;
      readonly role: ConsentRole;
      /** What was agreed to must have begun after so long, or the agreement is asked for again. */
      readonly validMs: number;
      readonly rests?: { readonly deadlineMs: number | null; readonly refused?: readonly string[] };
    }
  /** A person did this elsewhere, and records in their own words that it is done. */
  | { readonly kind: 'attest'; readonly what: string }
  /** The cluster is watched until it was healthy for `soakMs` in all. */
  | {
      readonly kind: 'soak';
      readonly soakMs: number;
      /** From sample to sample. */
      readonly everyMs: number;
      /** A disturbance that lasts so long is a breach; a breach ends once all was healthy for so long. */
      readonly toleranceMs: number;
      readonly bounds: readonly SoakBound[];
      /** Checks that may fail while the versions are mixed or not finalized. */
      readonly allowed: readonly string[];
    }
  | ExternalBody;

export type ControllerStepKind = ControllerBody['kind'];

const kinds: ReadonlySet<string> = new Set<ControllerStepKind>(['consent', 'attest', 'soak', 'external']);

export function isControllerBody(body: { readonly kind: string }): body is ControllerBody {
  return kinds.has(body.kind);
}
