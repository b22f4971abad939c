// Original file: proto/drydock/v1/agent_link.proto

import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from '../../drydock/v1/Incarnation.ts';
import type { Long } from '@grpc/proto-loader';

export interface Intervention {
  'seq'?: (number | string | Long);
  'instance'?: (string);
  'verb'?: (string);
  'actor'?: (string);
  'incarnation'?: (_drydock_v1_Incarnation | null);
}

export interface Intervention__Output {
  'seq': (number);
  'instance': (string);
  'verb': (string);
  'actor': (string);
  'incarnation': (_drydock_v1_Incarnation__Output | null);
}
