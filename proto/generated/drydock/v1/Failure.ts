// Original file: proto/drydock/v1/types.proto

import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from '../../drydock/v1/Failure.ts';

export interface Failure {
  'class'?: (string);
  'code'?: (string);
  'message'?: (string);
  'remedy'?: (string);
  'cause'?: (_drydock_v1_Failure | null);
}

export interface Failure__Output {
  'class': (string);
  'code': (string);
  'message': (string);
  'remedy': (string);
  'cause': (_drydock_v1_Failure__Output | null);
}
