/** Nouns shared by the services: our inner types to wire messages and back. What comes in is checked here, once. */
import type { Json } from '../../common/canonical-json.ts';
import type {
  ConfigPreview,
  Finding,
  Incarnation,
  NodeFacts,
  PeerSeen,
  RestoreNeed,
  SnapshotNeed,
  SnapshotSeen,
  Space,
} from '../../common/facts.ts';
import { type Failure, failureClasses } from '../../common/failure.ts';
import { printable } from '../../common/printable.ts';
import { upcastSnapshotRun } from '../../common/upcast.ts';
import type { Answer } from '../generated/drydock/v1/Answer.ts';
import type { ConfigPreview__Output } from '../generated/drydock/v1/ConfigPreview.ts';
import type { Failure__Output, Failure as WireFailure } from '../generated/drydock/v1/Failure.ts';
import type { Finding__Output, Finding as WireFinding } from '../generated/drydock/v1/Finding.ts';
import type { Incarnation__Output } from '../generated/drydock/v1/Incarnation.ts';
import type { NodeFacts__Output, NodeFacts as WireNodeFacts } from '../generated/drydock/v1/NodeFacts.ts';
import type { PeerSeen__Output } from '../generated/drydock/v1/PeerSeen.ts';
import type { RestoreNeed__Output } from '../generated/drydock/v1/RestoreNeed.ts';
import type { SnapshotNeed__Output } from '../generated/drydock/v1/SnapshotNeed.ts';
import type { SnapshotSeen__Output } from '../generated/drydock/v1/SnapshotSeen.ts';
import type { Space__Output } from '../generated/drydock/v1/Space.ts';
import { countFromWire, digestFromWire, malformed, nameFromWire, timeFromWire } from './forms.ts';

/** Deepest chain of causes taken from the wire; a longer one is cut, not followed. */
const deepestCause = 16;

export function failureToWire(failure: Failure): WireFailure {
  return {
    class: failure.class,
    code: failure.code,
    message: failure.message,
    remedy: failure.remedy,
    cause: failure.cause === undefined ? null : failureToWire(failure.cause),
  };
}

export function failureFromWire(wire: Failure__Output, depth = 0): Failure {
  const failureClass = failureClasses.find((known) => known === wire.class);
  const remedy = wire.remedy === 'retry' || wire.remedy === 'abort' ? wire.remedy : 'hold';
  const cause =
    wire.cause !== null && wire.cause !== undefined && depth < deepestCause ? failureFromWire(wire.cause, depth + 1) : undefined;
  return {
    class: failureClass ?? 'internal',
    code: wire.code,
    message: printable(wire.message),
    remedy,
    ...(cause === undefined ? {} : { cause }),
  };
}

export function incarnationFromWire(wire: Incarnation__Output | null | undefined): Incarnation | null {
  return wire === null || wire === undefined ? null : { bootId: wire.bootId, invocationId: wire.invocationId };
}

function answerToWire(ok: boolean | null): Answer {
  return ok === null ? 'ANSWER_UNKNOWN' : ok ? 'ANSWER_YES' : 'ANSWER_NO';
}

export function findingToWire(finding: Finding): WireFinding {
  return { check: finding.check, ok: answerToWire(finding.ok), detail: finding.detail };
}

export function findingFromWire(wire: Finding__Output): Finding {
  return {
    check: wire.check,
    ok: wire.ok === 'ANSWER_YES' ? true : wire.ok === 'ANSWER_NO' ? false : null,
    detail: printable(wire.detail),
  };
}

function peerFromWire(wire: PeerSeen__Output): PeerSeen {
  return { member: wire.member, healthy: wire.healthy, state: wire.state, lagBytes: wire.lagBytes ?? null };
}

function spaceFromWire(wire: Space__Output | null, what: string): Space {
  if (wire === null) throw malformed(`${what} is missing`);
  return { freeBytes: countFromWire(wire.freeBytes, what), freeInodes: countFromWire(wire.freeInodes, what) };
}

/** Leaves a field out when it is null: `optional` on the wire. */
export function optional<K extends string, V>(key: K, value: V | null): { [P in K]?: V } {
  return value === null ? {} : ({ [key]: value } as { [P in K]?: V });
}

export function nodeFactsToWire(facts: NodeFacts): WireNodeFacts {
  return {
    instance: facts.instance,
    ...optional('nonce', facts.nonce),
    observedAtMs: facts.observedAtMs,
    incarnation: facts.incarnation,
    ...optional('databaseId', facts.databaseId),
    ...optional('memberId', facts.memberId),
    ...optional('runningVersion', facts.version.running),
    ...optional('onDiskVersion', facts.version.onDisk),
    ...optional('format', facts.version.format),
    ...optional('role', facts.role),
    inService: facts.inService,
    peers: facts.peers.map((peer) => ({
      member: peer.member,
      healthy: peer.healthy,
      state: peer.state,
      ...optional('lagBytes', peer.lagBytes),
    })),
    ...optional('currentRelease', facts.release.current),
    ...optional('previousRelease', facts.release.previous),
    installedReleases: [...facts.release.installed],
    releaseSharedWith: [...(facts.release.sharedWith ?? [])],
    releasesSpace: facts.space.releases,
    dataSpace: facts.space.data,
    snapshotsSpace: facts.space.snapshots ?? null,
    snapshots: (facts.snapshots ?? []).map((snapshot) => ({ ...snapshot, hop: snapshot.hop ?? '' })),
    snapshotNeed:
      facts.snapshotNeed === undefined
        ? null
        : {
            bytes: facts.snapshotNeed.bytes,
            inodes: facts.snapshotNeed.inodes,
            reflink: facts.snapshotNeed.method === 'reflink',
            keptBytesPerS: facts.snapshotNeed.keptBytesPerS ?? 0,
          },
    restoreNeeds: (facts.restoreNeeds ?? []).map((need) => ({ ...need })),
    config:
      facts.config === undefined
        ? null
        : {
            ...facts.config,
            lines: [...facts.config.lines],
            restartKeys: [...facts.config.restartKeys],
            problems: [...facts.config.problems],
            warnings: [...facts.config.warnings],
            missing: facts.config.missing === undefined ? null : { keys: [...facts.config.missing] },
          },
    capabilities: [...(facts.capabilities ?? [])],
    findings: facts.findings.map(findingToWire),
    detailJson: JSON.stringify(facts.detail),
  };
}

export function nodeFactsFromWire(wire: NodeFacts__Output): NodeFacts {
  return {
    instance: nameFromWire(wire.instance, 'facts.instance'),
    nonce: wire.nonce ?? null,
    observedAtMs: timeFromWire(wire.observedAtMs, 'facts.observedAtMs'),
    incarnation: incarnationFromWire(wire.incarnation),
    databaseId: wire.databaseId ?? null,
    memberId: wire.memberId ?? null,
    version: { running: wire.runningVersion ?? null, onDisk: wire.onDiskVersion ?? null, format: wire.format ?? null },
    role: wire.role ?? null,
    inService: wire.inService,
    peers: wire.peers.map(peerFromWire),
    release: {
      current: wire.currentRelease ?? null,
      previous: wire.previousRelease ?? null,
      installed: wire.installedReleases,
      ...(wire.releaseSharedWith.length === 0 ? {} : { sharedWith: wire.releaseSharedWith }),
    },
    space: {
      releases: spaceFromWire(wire.releasesSpace, 'facts.releasesSpace'),
      data: spaceFromWire(wire.dataSpace, 'facts.dataSpace'),
      ...(wire.snapshotsSpace === null ? {} : { snapshots: spaceFromWire(wire.snapshotsSpace, 'facts.snapshotsSpace') }),
    },
    ...(wire.snapshots.length === 0 ? {} : { snapshots: wire.snapshots.map(snapshotFromWire) }),
    ...(wire.snapshotNeed === null ? {} : { snapshotNeed: snapshotNeedFromWire(wire.snapshotNeed) }),
    ...(wire.restoreNeeds.length === 0 ? {} : { restoreNeeds: wire.restoreNeeds.map(restoreNeedFromWire) }),
    ...(wire.config === null ? {} : { config: previewFromWire(wire.config) }),
    ...(wire.capabilities.length === 0 ? {} : { capabilities: wire.capabilities }),
    findings: wire.findings.map(findingFromWire),
    detail: detailFromWire(wire.detailJson),
  };
}

function snapshotFromWire(wire: SnapshotSeen__Output): SnapshotSeen {
  return {
    id: nameFromWire(wire.id, 'snapshot.id'),
    run: nameFromWire(upcastSnapshotRun(wire.run, wire.id), 'snapshot.run'),
    ...(wire.hop === '' ? {} : { hop: nameFromWire(wire.hop, 'snapshot.hop') }),
    madeAtMs: timeFromWire(wire.madeAtMs, 'snapshot.madeAtMs'),
    expiresAtMs: timeFromWire(wire.expiresAtMs, 'snapshot.expiresAtMs'),
    bytes: countFromWire(wire.bytes, 'snapshot.bytes'),
    version: nameFromWire(wire.version, 'snapshot.version'),
    role: nameFromWire(wire.role, 'snapshot.role'),
    verified: nameFromWire(wire.verified, 'snapshot.verified'),
    position: wire.position,
  };
}

function snapshotNeedFromWire(wire: SnapshotNeed__Output): SnapshotNeed {
  return {
    bytes: countFromWire(wire.bytes, 'snapshotNeed.bytes'),
    inodes: countFromWire(wire.inodes, 'snapshotNeed.inodes'),
    method: wire.reflink ? 'reflink' : 'copy',
    ...(wire.keptBytesPerS === 0 ? {} : { keptBytesPerS: countFromWire(wire.keptBytesPerS, 'snapshotNeed.keptBytesPerS') }),
  };
}

function restoreNeedFromWire(wire: RestoreNeed__Output): RestoreNeed {
  return {
    path: wire.path,
    bytes: countFromWire(wire.bytes, 'restoreNeed.bytes'),
    inodes: countFromWire(wire.inodes, 'restoreNeed.inodes'),
    room: spaceFromWire(wire.room, 'restoreNeed.room'),
  };
}

function previewFromWire(wire: ConfigPreview__Output): ConfigPreview {
  return {
    file: wire.file,
    fromDigest: digestFromWire(wire.fromDigest, 'config.fromDigest'),
    toDigest: digestFromWire(wire.toDigest, 'config.toDigest'),
    lines: wire.lines,
    restartKeys: wire.restartKeys,
    problems: wire.problems,
    warnings: wire.warnings,
    ...(wire.missing === null ? {} : { missing: wire.missing.keys }),
  };
}

/** An engine's facts are a few levels; code that walks through them recurses. */
const deepestDetail = 32;

function isShallow(value: object, levels: number): boolean {
  if (levels === 0) return false;
  return Object.values(value).every((member) => typeof member !== 'object' || member === null || isShallow(member, levels - 1));
}

function detailFromWire(text: string): NodeFacts['detail'] {
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw malformed('facts.detailJson is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('facts.detailJson is not an object');
  if (!isShallow(value, deepestDetail)) throw malformed(`facts.detailJson is nested deeper than ${deepestDetail}`);
  return value as { readonly [key: string]: Json };
}
