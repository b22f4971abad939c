// Original file: proto/drydock/v1/agent_link.proto

import type { Fence as _drydock_v1_Fence, Fence__Output as _drydock_v1_Fence__Output } from '../../drydock/v1/Fence.ts';

export interface RemoveSnapshot {
  'nonce'?: (string);
  'claim'?: (_drydock_v1_Fence | null);
  'instance'?: (string);
  'snapshot'?: (string);
}

export interface RemoveSnapshot__Output {
  'nonce': (string);
  'claim': (_drydock_v1_Fence__Output | null);
  'instance': (string);
  'snapshot': (string);
}
