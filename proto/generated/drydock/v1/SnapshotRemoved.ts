// Original file: proto/drydock/v1/agent_link.proto

import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from '../../drydock/v1/Failure.ts';

export interface SnapshotRemoved {
  'nonce'?: (string);
  'failure'?: (_drydock_v1_Failure | null);
}

export interface SnapshotRemoved__Output {
  'nonce': (string);
  'failure': (_drydock_v1_Failure__Output | null);
}
