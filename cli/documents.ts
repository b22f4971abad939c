import { sha256Of } from '../common/canonical-json.ts';
import type { Versioned } from '../common/documents/versioned.ts';
import { fail } from '../common/failure.ts';
import type { Plan } from '../common/plan.ts';
import { upcastPlan } from '../common/upcast.ts';
import type { Document__Output } from '../proto/generated/drydock/v1/Document.ts';

/**
 * The JSON document in an answer. FailureError(failed, `bad-document`) when it is missing, no JSON, or of a contract
 * version that this program does not know.
 */
export function documentOf<T extends Versioned>(sent: Document__Output | null, what: string): T {
  const parsed = parsedJson(sent, what);
  if (parsed.apiVersion !== 'drydock/v1') {
    throw fail(
      'failed',
      'bad-document',
      `${what}: the controller uses apiVersion ${JSON.stringify(parsed.apiVersion)}, this drydock supports drydock/v1; use the drydock of the controller's version`,
    );
  }
  return parsed as unknown as T;
}

/** A plan whose bytes were digested here, in today's shape and as it was stored; FailureError(failed, `digest-differs`) when they are not the ones that the controller named. */
export function planOf(
  sent: Document__Output | null,
  planId: string,
): { readonly plan: Plan; readonly stored: Versioned; readonly digest: string } {
  const stored = documentOf<Versioned>(sent, `plan ${planId}`);
  const digest = sha256Of(sent?.json ?? '');
  if (digest !== sent?.digest) {
    throw fail(
      'failed',
      'digest-differs',
      `plan ${planId}: the plan received has digest ${digest}, the controller reports ${sent?.digest}; do not approve it`,
    );
  }
  return { plan: upcastPlan(stored, planId), stored, digest };
}

function parsedJson(sent: Document__Output | null, what: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(sent?.json.toString('utf8') ?? '');
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Said below, in one sentence for all kinds of nonsense.
  }
  throw fail('failed', 'bad-document', `${what}: the controller's answer is not a JSON document`);
}
