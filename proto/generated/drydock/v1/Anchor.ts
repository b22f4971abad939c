// Original file: proto/drydock/v1/agent_link.proto

import type { Checkpoint as _drydock_v1_Checkpoint, Checkpoint__Output as _drydock_v1_Checkpoint__Output } from '../../drydock/v1/Checkpoint.ts';

export interface Anchor {
  'checkpoint'?: (_drydock_v1_Checkpoint | null);
}

export interface Anchor__Output {
  'checkpoint': (_drydock_v1_Checkpoint__Output | null);
}
