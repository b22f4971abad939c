/** What people ask of the controller itself: backups of its store, the adoption of a fleet that is ahead of it, and the identities that it knows. */
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import type { Clock } from '../../common/clock.ts';
import type { AdoptionDocument, IdentityListDocument, StoreCopyDocument } from '../../common/documents/administration.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { digestOfFile, failureOfWrite } from '../../common/files.ts';
import type { Identity } from '../../common/identity/identity.ts';
import { artifactPieceBytes } from '../../proto/channel.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from '../store/trust-store.ts';
import type { TokenAsked, Trust } from '../trust/trust.ts';
import type { Checkpoints } from './checkpoints.ts';

export interface BackupOperations {
  /** What the copy holds, then its bytes. FailureError(refused, `backup-under-way`): one copy is made at a time. */
  backUp(): AsyncGenerator<StoreCopyDocument | Uint8Array>;
}

export function createBackupOperations({ store, clock }: { readonly store: Store; readonly clock: Clock }): BackupOperations {
  let underWay = false;
  return {
    async *backUp() {
      if (underWay) throw fail('refused', 'backup-under-way', 'another backup is in progress; try again when it has ended');
      underWay = true;
      const copy = `${store.room().file}.copy`;
      try {
        yield await copied(store, copy, clock.wallMs());
        yield* createReadStream(copy, { highWaterMark: artifactPieceBytes }) as AsyncIterable<Uint8Array>;
      } finally {
        await rm(copy, { force: true });
        underWay = false;
      }
    },
  };
}

async function copied(store: Store, copy: string, wallMs: number): Promise<StoreCopyDocument> {
  try {
    // Of a controller that was killed meanwhile.
    await rm(copy, { force: true });
    await (await open(copy, 'wx', 0o600)).close();
    const holds = await store.copyTo(copy);
    const { size: bytes } = await stat(copy);
    return { apiVersion: 'drydock/v1', bytes, digest: await digestOfFile(copy), takenAt: new Date(wallMs).toISOString(), holds };
  } catch (thrown) {
    throw failureOfWrite('copy of the store', copy, thrown);
  }
}

// What people ask about who belongs to the fleet: tokens, roles, revocation.

export interface IdentityOperations {
  /** The token is shown once. FailureError(refused): `outside-authority`, `no-role-for-agents`. */
  createToken(asked: TokenAsked, actor: string): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  listIdentities(of: string | null, after: string): Promise<{ readonly identities: IdentityListDocument; readonly nextAfter: string }>;
  bindRole(binding: Binding, actor: string): Promise<void>;
  /** FailureError: (not-found, `unknown-binding`), (refused, `last-admin`). */
  unbindRole(binding: Binding, actor: string): Promise<void>;
  /** Ends its certificates, its tokens and its connections at once. */
  revokeIdentity(identity: Identity, actor: string, reason: string): Promise<void>;
}

/** @param trust null: the controller has no identity, so no other is issued */
export function createIdentityOperations(trust: Trust | null): IdentityOperations {
  const known = (): Trust => {
    if (trust === null)
      throw fail('refused', 'not-initialised', 'this controller has no identity yet: create one with drydock-controller init');
    return trust;
  };
  return {
    createToken: async (asked, actor) => {
      if (asked.binding !== null && asked.identity.class !== 'human')
        throw fail('refused', 'no-role-for-agents', 'a host cannot have a role; roles apply to people only');
      return known().createToken(asked, actor);
    },
    listIdentities: async (of, after) => known().listIdentities(of, after),
    bindRole: async (binding, actor) => known().bind(binding, actor),
    unbindRole: async (binding, actor) => known().unbind(binding, actor),
    revokeIdentity: async (identity, actor, reason) => known().revoke(identity, actor, reason),
  };
}

/** A store that is older than the fleet, or whose log is not the one that was signed, goes on by a person's word. */
export type AdoptionOperations = Pick<Sequencer, 'adoptFleet'>;

export function createAdoptionOperations(sequencer: AdoptionOperations, checkpoints: Checkpoints): AdoptionOperations {
  return {
    async adoptFleet(reason, actor): Promise<AdoptionDocument> {
      const accepted = await checkpoints.accept(actor, reason);
      try {
        return await sequencer.adoptFleet(reason, actor);
      } catch (thrown) {
        // Where the log alone was another, there is nothing else to learn.
        if (accepted === 0 || toFailure(thrown).code !== 'not-behind') throw thrown;
        return { apiVersion: 'drydock/v1', reason, clusters: [] };
      }
    },
  };
}
