// Original file: proto/drydock/v1/types.proto

import type { Answer as _drydock_v1_Answer, Answer__Output as _drydock_v1_Answer__Output } from '../../drydock/v1/Answer.ts';

export interface Finding {
  'check'?: (string);
  'ok'?: (_drydock_v1_Answer);
  'detail'?: (string);
}

export interface Finding__Output {
  'check': (string);
  'ok': (_drydock_v1_Answer__Output);
  'detail': (string);
}
