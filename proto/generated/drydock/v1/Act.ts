// Original file: proto/drydock/v1/agent_link.proto

import type { Verb as _drydock_v1_Verb, Verb__Output as _drydock_v1_Verb__Output } from '../../drydock/v1/Verb.ts';
import type { FinalizePart as _drydock_v1_FinalizePart, FinalizePart__Output as _drydock_v1_FinalizePart__Output } from '../../drydock/v1/FinalizePart.ts';

export interface Act {
  'verb'?: (_drydock_v1_Verb);
  'part'?: (_drydock_v1_FinalizePart);
  'keepRelease'?: (string);
}

export interface Act__Output {
  'verb': (_drydock_v1_Verb__Output);
  'part': (_drydock_v1_FinalizePart__Output);
  'keepRelease': (string);
}
