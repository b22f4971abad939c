/** A snapshot that a person wants removed before it expires: fenced like an order (P5), removed like one that has expired, asked as often as wanted. */
import { type Failure, failure, toFailure } from '../../common/failure.ts';
import type { AgentMessage, ControllerMessage, Fence } from '../../common/link.ts';
import type { Log } from '../../common/log.ts';
import type { Instance } from '../instance.ts';
import { AgentStopped } from '../lifetime.ts';
import type { Housekeeping } from './housekeeping.ts';

export type RemoveSnapshot = Extract<ControllerMessage, { type: 'remove-snapshot' }>;

export interface SnapshotRemovalParts {
  readonly instances: readonly Instance[];
  readonly housekeeping: Pick<Housekeeping, 'expire'>;
  /** null: this claim is obeyed from now on. */
  readonly obeyClaim: (what: string, claim: Fence) => Failure | null;
  readonly tell: (message: AgentMessage) => void;
  readonly log: Log;
}

/** Answers each message once; an answer that is lost is asked for again. */
export function createSnapshotRemoval(parts: SnapshotRemovalParts): (asked: RemoveSnapshot) => void {
  const answer = ({ nonce, instance }: RemoveSnapshot, why: Failure | null): void => {
    if (why !== null) parts.log.warn({ instance, code: why.code }, why.message);
    parts.tell({ type: 'snapshot-removed', nonce, ...(why === null ? {} : { failure: why }) });
  };
  return (asked) => {
    const { claim, snapshot } = asked;
    const instance = parts.instances.find(({ settings }) => settings.instance === asked.instance);
    const what = `the removal of snapshot ${snapshot}`;
    if (instance?.settings.cluster !== claim.cluster)
      return answer(
        asked,
        failure('refused', 'wrong-target', `${what}: there is no instance ${asked.instance} of ${claim.cluster} on this host`),
      );
    const refusal = parts.obeyClaim(what, claim);
    if (refusal !== null) return answer(asked, refusal);
    parts.housekeeping.expire(instance, snapshot).then(
      () => answer(asked, null),
      (thrown: unknown) => {
        if (!(thrown instanceof AgentStopped)) answer(asked, toFailure(thrown));
      },
    );
  };
}
