// Original file: proto/drydock/v1/agent_link.proto

import type { SnapshotVerification as _drydock_v1_SnapshotVerification, SnapshotVerification__Output as _drydock_v1_SnapshotVerification__Output } from '../../drydock/v1/SnapshotVerification.ts';
import type { Long } from '@grpc/proto-loader';

export interface Snapshot {
  'verify'?: (_drydock_v1_SnapshotVerification);
  'needBytes'?: (number | string | Long);
  'needInodes'?: (number | string | Long);
  'hop'?: (string);
  'keepMs'?: (number | string | Long);
  '_hop'?: "hop";
  '_keepMs'?: "keepMs";
}

export interface Snapshot__Output {
  'verify': (_drydock_v1_SnapshotVerification__Output);
  'needBytes': (number);
  'needInodes': (number);
  'hop'?: (string);
  'keepMs'?: (number);
  '_hop'?: "hop";
  '_keepMs'?: "keepMs";
}
