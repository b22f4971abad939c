// Original file: proto/drydock/v1/types.proto

import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from '../../drydock/v1/Incarnation.ts';
import type { PeerSeen as _drydock_v1_PeerSeen, PeerSeen__Output as _drydock_v1_PeerSeen__Output } from '../../drydock/v1/PeerSeen.ts';
import type { Space as _drydock_v1_Space, Space__Output as _drydock_v1_Space__Output } from '../../drydock/v1/Space.ts';
import type { Finding as _drydock_v1_Finding, Finding__Output as _drydock_v1_Finding__Output } from '../../drydock/v1/Finding.ts';
import type { SnapshotSeen as _drydock_v1_SnapshotSeen, SnapshotSeen__Output as _drydock_v1_SnapshotSeen__Output } from '../../drydock/v1/SnapshotSeen.ts';
import type { SnapshotNeed as _drydock_v1_SnapshotNeed, SnapshotNeed__Output as _drydock_v1_SnapshotNeed__Output } from '../../drydock/v1/SnapshotNeed.ts';
import type { ConfigPreview as _drydock_v1_ConfigPreview, ConfigPreview__Output as _drydock_v1_ConfigPreview__Output } from '../../drydock/v1/ConfigPreview.ts';
import type { RestoreNeed as _drydock_v1_RestoreNeed, RestoreNeed__Output as _drydock_v1_RestoreNeed__Output } from '../../drydock/v1/RestoreNeed.ts';
import type { Long } from '@grpc/proto-loader';

export interface NodeFacts {
  'instance'?: (string);
  'nonce'?: (string);
  'observedAtMs'?: (number | string | Long);
  'incarnation'?: (_drydock_v1_Incarnation | null);
  'databaseId'?: (string);
  'memberId'?: (string);
  'runningVersion'?: (string);
  'onDiskVersion'?: (string);
  'format'?: (string);
  'role'?: (string);
  'inService'?: (boolean);
  'peers'?: (_drydock_v1_PeerSeen)[];
  'currentRelease'?: (string);
  'previousRelease'?: (string);
  'installedReleases'?: (string)[];
  'releasesSpace'?: (_drydock_v1_Space | null);
  'dataSpace'?: (_drydock_v1_Space | null);
  'findings'?: (_drydock_v1_Finding)[];
  'detailJson'?: (string);
  'snapshotsSpace'?: (_drydock_v1_Space | null);
  'snapshots'?: (_drydock_v1_SnapshotSeen)[];
  'snapshotNeed'?: (_drydock_v1_SnapshotNeed | null);
  'config'?: (_drydock_v1_ConfigPreview | null);
  'capabilities'?: (string)[];
  'restoreNeeds'?: (_drydock_v1_RestoreNeed)[];
  'releaseSharedWith'?: (string)[];
  '_nonce'?: "nonce";
  '_databaseId'?: "databaseId";
  '_memberId'?: "memberId";
  '_runningVersion'?: "runningVersion";
  '_onDiskVersion'?: "onDiskVersion";
  '_format'?: "format";
  '_role'?: "role";
  '_currentRelease'?: "currentRelease";
  '_previousRelease'?: "previousRelease";
}

export interface NodeFacts__Output {
  'instance': (string);
  'nonce'?: (string);
  'observedAtMs': (number);
  'incarnation': (_drydock_v1_Incarnation__Output | null);
  'databaseId'?: (string);
  'memberId'?: (string);
  'runningVersion'?: (string);
  'onDiskVersion'?: (string);
  'format'?: (string);
  'role'?: (string);
  'inService': (boolean);
  'peers': (_drydock_v1_PeerSeen__Output)[];
  'currentRelease'?: (string);
  'previousRelease'?: (string);
  'installedReleases': (string)[];
  'releasesSpace': (_drydock_v1_Space__Output | null);
  'dataSpace': (_drydock_v1_Space__Output | null);
  'findings': (_drydock_v1_Finding__Output)[];
  'detailJson': (string);
  'snapshotsSpace': (_drydock_v1_Space__Output | null);
  'snapshots': (_drydock_v1_SnapshotSeen__Output)[];
  'snapshotNeed': (_drydock_v1_SnapshotNeed__Output | null);
  'config': (_drydock_v1_ConfigPreview__Output | null);
  'capabilities': (string)[];
  'restoreNeeds': (_drydock_v1_RestoreNeed__Output)[];
  'releaseSharedWith': (string)[];
  '_nonce'?: "nonce";
  '_databaseId'?: "databaseId";
  '_memberId'?: "memberId";
  '_runningVersion'?: "runningVersion";
  '_onDiskVersion'?: "onDiskVersion";
  '_format'?: "format";
  '_role'?: "role";
  '_currentRelease'?: "currentRelease";
  '_previousRelease'?: "previousRelease";
}
