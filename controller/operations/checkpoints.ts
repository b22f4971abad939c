/**
 * Signs the audit chains as they grow, and has agents keep what was signed: one whose store was cut, forked or replaced, head and all, is found out
 * by what hosts hold. What contradicts the store is never signed over and never overwritten on a host: it is the evidence.
 */
import { setImmediate } from 'node:timers/promises';
import { type Checkpoint, mostAnchors } from '../../common/checkpoint.ts';
import type { Clock } from '../../common/clock.ts';
import type { AuditEvidence } from '../../common/documents/administration.ts';
import { fleetChain } from '../../common/events.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ChainEnd } from '../store/checkpoint-store.ts';
import type { Store } from '../store/store.ts';
import type { AuditKey } from '../trust/audit-key.ts';
import { brokenBy, provenMissing } from '../trust/checkpoint-verdict.ts';

export interface CheckpointParts {
  readonly store: Store;
  readonly fleet: Pick<Fleet, 'listen' | 'send' | 'nodes'>;
  readonly clock: Clock;
  readonly log: Log;
  /** null: the controller has no identity, and nothing is signed. */
  readonly key: AuditKey | null;
}

export interface Checkpoints {
  /** null: nothing is signed here. */
  readonly keyId: string | null;
  /** Signs what is due; called often. */
  tick(): Promise<void>;
  /** A run ended: its chain is signed at the next tick. */
  hurry(): void;
  /** By chain, what the store's own checkpoints say against it; with chains that are not there. */
  broken(chains: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The newest of each chain that is signed. */
  signed(): Promise<ReadonlyMap<string, Checkpoint>>;
  /** What connected hosts hold evidence of and the store does not have, and how many hosts hold any. */
  evidence(): Promise<{ readonly evidence: readonly AuditEvidence[]; readonly hosts: number }>;
  /** A person lets the store stand as it is. Resolves with how much spoke against it. */
  accept(actor: string, reason: string): Promise<number>;
}

const everyMs = 60_000;
const everyEvents = 256;
/** The chains are looked through only so often. */
const checkEveryMs = 10_000;
/** Signed in one transaction. */
const atOnce = 64;
/** Lookups without a pause: some ten milliseconds. */
const lookedUpAtOnce = 100;
/** Hosts that are given one checkpoint. */
const mostKeepers = 64;

export function createCheckpoints(parts: CheckpointParts): Checkpoints {
  const { store, fleet, clock, log, key } = parts;
  const kept = new Map<string, Map<string, Checkpoint>>();
  const refused = new Set<string>();
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let turn = 0;

  const contradiction = async (checkpoint: Checkpoint): Promise<string | null> => {
    const { chain, seq, head } = checkpoint;
    const what = provenMissing(checkpoint, await store.checkpoints.found(chain, seq));
    return what === null || (await store.checkpoints.accepted(chain, seq, head)) ? null : what;
  };

  /** Nothing is kept over a evidence, nor over what is newer. */
  const give = async (host: string, checkpoint: Checkpoint): Promise<void> => {
    const held = kept.get(host)?.get(checkpoint.chain);
    if (held !== undefined && key?.sealed(held) === true) {
      if (held.seq >= checkpoint.seq) return;
      const why = await contradiction(held);
      if (why !== null) {
        log.error(
          { host, chain: held.chain, seq: held.seq },
          `a checkpoint on ${host} contradicts the audit log: ${why}; run drydock audit --verify`,
        );
        return;
      }
    }
    if (fleet.send(host, { type: 'anchor', checkpoint })) keep(kept.get(host), checkpoint);
  };

  fleet.listen({
    connected(host, { checkpoints }) {
      if (key === null || checkpoints === undefined) return;
      kept.set(host, new Map(checkpoints.map((checkpoint) => [checkpoint.chain, checkpoint])));
      // The newest of administration: all others come as their runs go on.
      void store.checkpoints
        .of(fleetChain)
        .then((newest) => (newest === null || !key.sealed(newest) ? undefined : give(host, newest)))
        .catch((thrown: unknown) => log.warn({ host, reason: toFailure(thrown).message }, 'the checkpoints of a host could not be read'));
    },
    disconnected: (host) => void kept.delete(host),
    received() {},
    observed() {},
  });

  /** Of the hosts that keep any, those whose turn it is; of a run, those of its cluster. */
  const keepersOf = async (chain: string): Promise<readonly string[]> => {
    if (chain !== fleetChain) {
      const run = await store.run(chain);
      const hosts = run === null ? [] : [...new Set(fleet.nodes(run.cluster).map(({ host }) => host))];
      return hosts.filter((host) => kept.has(host)).slice(0, mostKeepers);
    }
    const hosts = [...kept.keys()];
    turn = hosts.length <= mostKeepers ? 0 : (turn + mostKeepers) % hosts.length;
    return [...hosts.slice(turn), ...hosts.slice(0, turn)].slice(0, mostKeepers);
  };

  const mayBeSigned = async ({ chain }: ChainEnd, signing: AuditKey, missing: number): Promise<boolean> => {
    const before = await store.checkpoints.of(chain);
    let why: string | null;
    if (before === null) {
      const [verified] = await store.verifyChains(chain);
      why =
        missing > 0 ? `${countOf(missing, 'checkpoint')} deleted` : verified?.ok === true ? null : (verified?.detail ?? 'it is missing');
    } else why = brokenBy(before, signing.sealed(before), await store.checkpoints.found(chain, before.seq));
    if (why !== null && !refused.has(chain))
      log.error({ chain }, `audit chain ${chain} is no longer signed: ${why}; run drydock audit --verify`);
    if (why === null) refused.delete(chain);
    else refused.add(chain);
    return why === null;
  };

  return {
    keyId: key?.id ?? null,
    hurry() {
      checkedAtMs = Number.NEGATIVE_INFINITY;
    },
    async tick() {
      if (key === null || clock.monotonicMs() - checkedAtMs < checkEveryMs) return;
      checkedAtMs = clock.monotonicMs();
      try {
        const nowMs = Math.round(clock.wallMs());
        const missing = await store.checkpoints.missing();
        const sound: ChainEnd[] = [];
        for (const end of await store.checkpoints.due({ nowMs, everyMs, everyEvents }, atOnce + refused.size))
          if (sound.length < atOnce && (await mayBeSigned(end, key, missing))) sound.push(end);
        if (sound.length === 0) return;
        for (const checkpoint of await store.checkpoints.put(sound, nowMs, (each) => key.seal(each)))
          for (const host of await keepersOf(checkpoint.chain)) await give(host, checkpoint);
      } catch (thrown) {
        const { code, message } = toFailure(thrown);
        if (code !== 'store-unwritable') log.warn({ reason: message }, 'the audit chains could not be signed');
      }
    },
    async broken(chains) {
      const found = new Map<string, string>();
      if (key === null) return found;
      const newest = await store.checkpoints.newest();
      for (const [index, checkpoint] of newest.entries()) {
        // Others have their turn meanwhile.
        if (index % lookedUpAtOnce === lookedUpAtOnce - 1) await setImmediate();
        const { chain, seq } = checkpoint;
        const why = brokenBy(checkpoint, key.sealed(checkpoint), await store.checkpoints.found(chain, seq));
        if (why !== null) found.set(chain, why);
      }
      const missing = await store.checkpoints.missing();
      const has = new Set(newest.map(({ chain }) => chain));
      if (missing > 0)
        for (const chain of chains)
          if (!has.has(chain))
            found.set(chain, `it has no checkpoint, and ${countOf(missing, 'checkpoint')} deleted, of this chain or another`);
      return found;
    },
    async signed() {
      return new Map((await store.checkpoints.newest()).filter((each) => key?.sealed(each)).map((each) => [each.chain, each]));
    },
    async evidence() {
      const keepers = new Map<string, { readonly checkpoint: Checkpoint; readonly hosts: string[] }>();
      for (const [host, anchors] of kept)
        for (const checkpoint of anchors.values()) {
          // Of another key it proves nothing: anybody could have made it.
          if (key?.sealed(checkpoint) !== true) continue;
          const known = keepers.get(checkpoint.signature);
          if (known === undefined) keepers.set(checkpoint.signature, { checkpoint, hosts: [host] });
          else known.hosts.push(host);
        }
      const evidence: AuditEvidence[] = [];
      for (const [index, { checkpoint, hosts }] of [...keepers.values()].entries()) {
        if (index % lookedUpAtOnce === lookedUpAtOnce - 1) await setImmediate();
        const detail = await contradiction(checkpoint);
        const { chain, seq, head, atMs } = checkpoint;
        if (detail !== null) evidence.push({ chain, seq, head, at: new Date(atMs).toISOString(), hosts: hosts.sort(), detail });
      }
      return { evidence, hosts: [...kept.values()].filter(({ size }) => size > 0).length };
    },
    async accept(actor, reason) {
      if (key === null) return 0;
      const { evidence } = await this.evidence();
      const checkpoints = [...(await this.broken(await store.chains())).keys()].sort();
      if (evidence.length + checkpoints.length === 0) return 0;
      await store.checkpoints.accept({ anchors: evidence, checkpoints, actor, reason, atMs: clock.wallMs() });
      refused.clear();
      this.hurry();
      return evidence.length + checkpoints.length;
    },
  };
}

const countOf = (count: number, what: string): string => (count === 1 ? `one ${what} was` : `${count} ${what}s were`);

/** As the agent keeps it. */
function keep(anchors: Map<string, Checkpoint> | undefined, checkpoint: Checkpoint): void {
  if (anchors === undefined) return;
  anchors.set(checkpoint.chain, checkpoint);
  if (anchors.size <= mostAnchors) return;
  const [eldest] = [...anchors.values()].filter(({ chain }) => chain !== fleetChain).sort((a, b) => a.number - b.number);
  if (eldest !== undefined) anchors.delete(eldest.chain);
}
