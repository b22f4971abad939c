/** What every answer of the Operator service has in common: its parts, its documents, and who asked. */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { fail } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import type { Document } from '../../proto/generated/drydock/v1/Document.ts';
import { actorOf, peerOf } from './peers.ts';
import type { UseCases } from './use-cases.ts';

export interface OperatorParts {
  readonly useCases: UseCases;
  readonly listensOnSocket: boolean;
  readonly log: Log;
}

/** The bytes that are shown, digested and approved are the same bytes. */
export function documentOf(value: object): Document {
  const json = canonicalJson(value);
  return { json: Buffer.from(json), digest: sha256Of(json) };
}

/** The gate has let this peer in already; here it is only named. */
export function actorOfCall(address: string, listensOnSocket: boolean): string {
  const peer = peerOf(address, listensOnSocket);
  if (peer === null) throw fail('refused', 'unknown-peer', `the caller is not known to this controller: ${address}`);
  return actorOf(peer);
}
