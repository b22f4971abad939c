/** Who is at the other end of a call, and whether it may make it: asked before a handler sees the call, and once more when its request was read. */
import type { PeerCertificate } from 'node:tls';
import { type Failure, FailureError, fail } from '../../common/failure.ts';
import type { Labels, Selector } from '../../common/labels.ts';
import type { Peer } from '../../common/link.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from '../store/trust-store.ts';
import { accessOf, refusalOfCall, refusalOfFourEyes, refusalOfSubject, type Subject } from '../trust/access.ts';
import type { Trust } from '../trust/trust.ts';
import { presentedOf, type TlsDoor } from './secure-door.ts';

/** What of a call tells who makes it. */
export interface CallPeer {
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}

export interface Gate {
  /** Before the request is read; null: it may be handed on. */
  refusal(call: CallPeer, path: string): Failure | null;
  /** Throws FailureError(refused): who calls is not known. */
  peer(call: CallPeer): Peer;
  /** When the request was read: throws FailureError(refused) unless the peer may ask this of that. */
  requireSubject(call: CallPeer, path: string, asked: object): Promise<void>;
}

/** Who did it, as the audit log says it. */
export function actorOf(peer: Peer): string {
  return `${peer.class}:${peer.identity}`;
}

export interface GateParts {
  readonly trust: Trust;
  readonly door: TlsDoor;
  readonly store: Pick<Store, 'run' | 'plan' | 'labels' | 'labelsOf' | 'retention'>;
  /** Plans of clusters with these labels are approved, confirmed and finalized by somebody else than who made them; null: of none. */
  readonly fourEyes: Selector | null;
}

export function trustGate({ trust, door, store, fourEyes }: GateParts): Gate {
  const identified = (call: CallPeer): { readonly peer: Peer | null; readonly refusal: Failure | null } => {
    const address = call.getPeer();
    const shown = call.getAuthContext().sslPeerCertificate;
    const presented = shown === undefined ? door.presentedFrom(address) : presentedOf(shown, null);
    if (presented === null) return { peer: null, refusal: null };
    const judged = trust.judge(presented);
    if ('refusal' in judged) return { peer: null, refusal: judged.refusal };
    // What was not verified says at most why it was not.
    if (shown === undefined) return { peer: null, refusal: null };
    return { peer: { class: judged.identity.class, identity: judged.identity.name, address }, refusal: null };
  };
  const bindingsOf = (peer: Peer | null): readonly Binding[] => (peer === null ? [] : trust.bindingsOf(actorOf(peer)));
  const peerOf = (call: CallPeer): Peer => {
    const { peer, refusal } = identified(call);
    if (peer !== null) return peer;
    throw refusal === null
      ? fail('refused', 'no-certificate', `the client at ${call.getPeer()} presented no certificate`)
      : new FailureError(refusal);
  };
  return {
    refusal(call, path) {
      const { peer, refusal } = identified(call);
      // Who enrolls may come with a certificate that is none any more.
      if (refusal !== null && accessOf(path)?.caller !== 'anyone') return refusal;
      return refusalOfCall(peer, path, bindingsOf(peer));
    },
    peer: peerOf,
    async requireSubject(call, path, asked) {
      const peer = peerOf(call);
      const bindings = bindingsOf(peer);
      const refused =
        refusalOfSubject(peer, path, bindings, await subjectOf(store, path, asked)) ??
        (fourEyes === null ? null : await fourEyesOf(store, actorOf(peer), path, asked, fourEyes));
      if (refused !== null) throw new FailureError(refused);
    },
  };
}

async function subjectOf(store: GateParts['store'], path: string, asked: object): Promise<Subject> {
  const scope = accessOf(path)?.scope ?? 'fleet';
  switch (scope) {
    case 'anything':
    case 'fleet':
      return { kind: scope };
    case 'cluster':
      return clusters(store, [text(asked, 'cluster')]);
    case 'run':
      return clusters(store, [await clusterOf(store, 'run', text(asked, 'runId'))]);
    case 'plan':
      return clusters(store, [await clusterOf(store, 'plan', text(asked, 'planId'))]);
    case 'plans':
      return clusters(store, await Promise.all(['planA', 'planB'].map((of) => clusterOf(store, 'plan', text(asked, of)))));
    case 'list': {
      const named = text(asked, 'cluster');
      if (named !== '') return clusters(store, [named]);
      return { kind: 'list', selector: (asked as { readonly selector?: Selector }).selector ?? [] };
    }
  }
}

/** Also of what was removed. */
async function clusterOf(store: GateParts['store'], kind: 'run' | 'plan', id: string): Promise<string | undefined> {
  const known = kind === 'run' ? (await store.run(id))?.cluster : (await store.plan(id))?.plan.cluster;
  return known ?? (await store.retention.removed(kind, id))?.cluster;
}

/** Of what is not there nothing is said: its handler answers that. */
async function clusters(store: GateParts['store'], names: readonly (string | undefined)[]): Promise<Subject> {
  const known = names.filter((name) => name !== undefined && name !== '') as readonly string[];
  const labels: ReadonlyMap<string, Labels> = await store.labels(known);
  return { kind: 'clusters', clusters: new Map(known.map((name) => [name, labels.get(name) ?? {}])) };
}

/** What two people do together, by method. */
const ofTwo: Readonly<Record<string, 'approve it' | 'confirm its steps' | 'finalize it'>> = {
  '/drydock.v1.Operator/ApprovePlan': 'approve it',
  '/drydock.v1.Operator/ConfirmStep': 'confirm its steps',
  '/drydock.v1.Operator/FinalizeRun': 'finalize it',
};

async function fourEyesOf(
  store: GateParts['store'],
  actor: string,
  path: string,
  asked: object,
  fourEyes: Selector,
): Promise<Failure | null> {
  const what = ofTwo[path];
  if (what === undefined) return null;
  const planId = text(asked, 'planId') || (await store.run(text(asked, 'runId')))?.planId;
  const record = planId === undefined ? null : await store.plan(planId);
  if (record === null) return null;
  const labels = await store.labelsOf(record.plan.cluster);
  return refusalOfFourEyes(actor, record.plannedBy, record.planId, labels, fourEyes, what);
}

function text(asked: object, field: string): string {
  const value = (asked as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : '';
}
