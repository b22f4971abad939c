/** The audit log for people: pages of stored events, and the proof that they were not changed. */
import type { AuditEvidence, AuditListDocument, AuditVerificationDocument } from '../../common/documents/administration.ts';
import type { FleetEvent, RunEvent, StoredEvent } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import type { Store } from '../store/store.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface AuditOperations {
  /** Of one chain, or of all (empty name), oldest first; nextAfterSeq 0: nothing after this page. */
  listAudit(
    chain: string,
    afterSeq: number,
    pageSize: number,
  ): Promise<{ readonly audit: AuditListDocument; readonly nextAfterSeq: number }>;
  verifyAudit(): Promise<AuditVerificationDocument>;
}

export const largestPage = 500;
/** Receipts with facts are large; a page must fit into one message. */
const pageBytes = 512 * 1024;
/** A place in all chains is one number: which chain, and how far in it. Chains are only ever added at the end. */
const chainStride = 2 ** 32;

type AnyStored = StoredEvent<RunEvent | FleetEvent>;

export function createAuditOperations(store: Store, checkpoints: Checkpoints): AuditOperations {
  return {
    async listAudit(chain, afterSeq, pageSize) {
      const chains = await store.chains();
      if (chain !== '' && !chains.includes(chain))
        throw fail(
          'not-found',
          'unknown-chain',
          `audit chain ${chain} not found; the chain of a run has the id of the run, administration is in the chain fleet`,
        );
      const limit = pageSize === 0 ? largestPage : Math.min(pageSize, largestPage);
      const wanted = chain === '' ? chains : [chain];
      const { events, next } = await collect(store, wanted, afterSeq, limit);
      return { audit: { apiVersion: 'drydock/v1', events: events.map(auditEvent) }, nextAfterSeq: next };
    },
    async verifyAudit() {
      const verified = await store.verifyChains();
      const names = verified.map(({ chain }) => chain);
      const [broken, signed, { evidence, hosts }] = [
        await checkpoints.broken(names),
        await checkpoints.signed(),
        await checkpoints.evidence(),
      ];
      const gone = [...new Set([...broken.keys(), ...evidence.map(({ chain }) => chain)])].filter((chain) => !names.includes(chain));
      const chains = [...verified, ...gone.map((chain) => ({ chain, events: 0, head: '', ok: true, detail: '' }))].map((each) => {
        const against = evidence.find(({ chain }) => chain === each.chain);
        const why = [each.detail, broken.get(each.chain), against === undefined ? undefined : evidenceText(against)].find(
          (text) => (text ?? '') !== '',
        );
        const checkpoint = signed.get(each.chain);
        return {
          ...each,
          ok: each.ok && why === undefined,
          detail: why ?? '',
          signed: checkpoint === undefined ? null : { seq: checkpoint.seq, at: new Date(checkpoint.atMs).toISOString() },
        };
      });
      return { apiVersion: 'drydock/v1', ok: chains.every(({ ok }) => ok), chains, signing: { key: checkpoints.keyId, hosts, evidence } };
    },
  };
}

async function collect(
  store: Store,
  chains: readonly string[],
  after: number,
  limit: number,
): Promise<{ events: AnyStored[]; next: number }> {
  const events: AnyStored[] = [];
  let bytes = 0;
  let seq = after % chainStride;
  for (let index = Math.floor(after / chainStride); index < chains.length; index++) {
    for (const event of await store.events(chains[index] ?? '', seq, limit - events.length + 1)) {
      bytes += event.text.length;
      if (events.length === limit || (bytes > pageBytes && events.length > 0)) return { events, next: index * chainStride + seq };
      events.push(event);
      seq = event.seq;
    }
    seq = 0;
  }
  return { events, next: 0 };
}

/** As it was stored: the hash covers that, and nothing that became of it. */
function auditEvent({ chain, seq, v, atMs, body, text, hash }: AnyStored): AuditListDocument['events'][number] {
  return { chain, seq, v, at: new Date(atMs).toISOString(), type: body.type, body: JSON.parse(text), hash };
}

const evidenceText = ({ hosts, detail, at }: AuditEvidence): string =>
  `${hosts[0]}${hosts.length === 1 ? ' holds' : ` and ${hosts.length - 1} more hosts hold`} evidence, signed at ${at}: ${detail}`;
