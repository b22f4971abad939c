// Original file: proto/drydock/v1/agent_link.proto

import type { Effect as _drydock_v1_Effect, Effect__Output as _drydock_v1_Effect__Output } from '../../drydock/v1/Effect.ts';

export interface Unset {
  'key'?: (string);
  'effect'?: (_drydock_v1_Effect | null);
}

export interface Unset__Output {
  'key': (string);
  'effect': (_drydock_v1_Effect__Output | null);
}
