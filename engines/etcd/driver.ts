/** Acts on one etcd member of this host: by the tools of the activated release, over HTTP, and by what its folders show. */
import type { Driver, DriverContext, EngineObservation } from '../../common/driver.ts';
import type { Finding, PeerSeen } from '../../common/facts.ts';
import { FailureError, toFailure } from '../../common/failure.ts';
import { checkIds, maxLagEntries } from './checks.ts';
import { ailmentOf, roleOf, type ServerFacts } from './facts.ts';
import { inspectBundle } from './host/bundle.ts';
import { answer, serving } from './host/checks.ts';
import { etcdDowngrades } from './host/downgrade.ts';
import { askHealth, askVersions, notListening } from './host/http.ts';
import { giveLeadAway } from './host/leader.ts';
import { connectionOf } from './host/settings.ts';
import { nameOf, probeAll, type Sight, sightOf } from './host/sight.ts';
import { etcdSnapshots } from './host/snapshots.ts';
import { stopped } from './host/stopped.ts';
import { onDiskVersionOf } from './host/versions.ts';
import { tools } from './tools.ts';

export const etcdDriver: Driver = {
  engine: 'etcd',
  checks: checkIds,
  tools,
  parseSettings(settings) {
    connectionOf(settings);
  },
  capabilities,
  alive,
  observe,
  check: (context, guard) => answer(context, sightOf(context), guard),
  inspectBundle,
  quiesce,
  stopped,
  ready,
  settings: etcdDowngrades,
  snapshots: etcdSnapshots,
};

/** `maintenance`: the member answers its tools, so that snapshots, moves of the leader and downgrades can be asked for. */
async function capabilities(context: DriverContext): Promise<readonly string[]> {
  try {
    await sightOf(context).status();
    return ['maintenance'];
  } catch (thrown) {
    if (thrown instanceof FailureError) return [];
    throw thrown;
  }
}

async function alive(context: DriverContext): Promise<string> {
  return askHealth(context).catch((thrown: unknown) => toFailure(thrown).code);
}

async function observe(context: DriverContext, checks: readonly string[]): Promise<EngineObservation> {
  const sight = sightOf(context);
  const onDiskVersion = await onDiskVersionOf(context);
  try {
    const [status, server, self, versions] = await Promise.all([sight.status(), probeAll(sight), sight.self(), sight.versions()]);
    const findings = await Promise.all(checks.map((check) => answer(context, sight, { check })));
    const name = memberOf(context, nameOf(self));
    return {
      databaseId: status.clusterId,
      memberId: name.id,
      runningVersion: versions.server,
      onDiskVersion,
      format: server.storageVersion ?? server.clusterVersion,
      role: roleOf(server),
      inService: await isServing(sight),
      peers: peersSeen(server),
      findings: name.finding === null ? findings : [...findings, name.finding],
      detail: server,
    };
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    return observedInPart(context, sight, checks, onDiskVersion, toFailure(thrown).message);
  }
}

/** It answers nothing, or nothing that takes a quorum: what it can say by itself is still worth knowing. */
async function observedInPart(
  context: DriverContext,
  sight: Sight,
  checks: readonly string[],
  onDiskVersion: string | null,
  reason: string,
): Promise<EngineObservation> {
  const [versions, status] = await Promise.all([answered(sight.versions()), answered(sight.status())]);
  return {
    databaseId: status?.clusterId ?? null,
    memberId: connectionOf(context.settings).memberName ?? null,
    runningVersion: versions?.server ?? null,
    onDiskVersion,
    format: versions?.storage ?? versions?.cluster ?? null,
    role: null,
    inService: false,
    peers: [],
    findings: checks.map((check) => ({ check, ok: null, detail: reason })),
    detail: { state: 'unreachable', reason },
  };
}

async function answered<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((thrown: unknown) => {
    if (thrown instanceof FailureError) return null;
    throw thrown;
  });
}

/** The server's own word counts; settings that say otherwise make the node nobody, so that nothing is done to it. */
function memberOf(context: DriverContext, name: string): { readonly id: string | null; readonly finding: Finding | null } {
  const expected = connectionOf(context.settings).memberName ?? null;
  if (expected === null || expected === name) return { id: name, finding: null };
  const detail = `the server calls itself ${name}, the agent's settings say ${expected}: correct connection.memberName, or endpoint`;
  return { id: null, finding: { check: 'member-id', ok: false, detail } };
}

async function isServing(sight: Sight): Promise<boolean> {
  const [ok] = await serving(sight);
  return ok === true;
}

function peersSeen(server: ServerFacts): readonly PeerSeen[] {
  return server.peers.map((peer) => {
    const ailment = ailmentOf(server, peer, maxLagEntries);
    const voter = server.members.find(({ name }) => name === peer.member);
    const state = ailment ?? (voter?.id === server.leaderId ? 'leader' : 'follower');
    return { member: peer.member, healthy: ailment === null, state, lagBytes: null };
  });
}

/** A leader that is stopped gives its role away by itself, but without a word when that fails: asked for, it is seen before the stop. */
async function quiesce(context: DriverContext): Promise<void> {
  try {
    await askVersions(context);
  } catch (thrown) {
    // Nothing serves: there is nothing to give away. The stop proves it.
    if (toFailure(thrown).code === notListening) return;
    throw thrown;
  }
  await giveLeadAway(context);
}

/** A cluster that is full serves reads and can be repaired: a downtime is not turned back for it. What follows the downtime sees the alarm. */
async function ready(context: DriverContext, expectVersion: string): Promise<Finding> {
  const check = 'ready';
  try {
    const { server } = await askVersions(context);
    if (server !== expectVersion) return { check, ok: false, detail: `it runs ${server ?? 'an unknown version'}, not ${expectVersion}` };
    const reason = await askHealth(context, ['NOSPACE']);
    if (reason !== '') return { check, ok: false, detail: `it runs ${server} and is not healthy: ${reason}` };
    return { check, ok: true, detail: `it answers a read that a quorum agreed to, as ${server}` };
  } catch (thrown) {
    return { check, ok: false, detail: toFailure(thrown).message };
  }
}
