// Original file: proto/drydock/v1/agent_link.proto

import type { Verb as _drydock_v1_Verb, Verb__Output as _drydock_v1_Verb__Output } from '../../drydock/v1/Verb.ts';
import type { FinalizePart as _drydock_v1_FinalizePart, FinalizePart__Output as _drydock_v1_FinalizePart__Output } from '../../drydock/v1/FinalizePart.ts';
import type { MemberAddress as _drydock_v1_MemberAddress, MemberAddress__Output as _drydock_v1_MemberAddress__Output } from '../../drydock/v1/MemberAddress.ts';
import type { ConfigRevision as _drydock_v1_ConfigRevision, ConfigRevision__Output as _drydock_v1_ConfigRevision__Output } from '../../drydock/v1/ConfigRevision.ts';
import type { Long } from '@grpc/proto-loader';

export interface Act {
  'verb'?: (_drydock_v1_Verb);
  'part'?: (_drydock_v1_FinalizePart);
  'keepRelease'?: (string);
  'keepMs'?: (number | string | Long);
  'follow'?: (_drydock_v1_MemberAddress | null);
  'token'?: (string);
  'slots'?: (string)[];
  'config'?: (_drydock_v1_ConfigRevision | null);
  'hop'?: (string);
  '_token'?: "token";
  '_hop'?: "hop";
}

export interface Act__Output {
  'verb': (_drydock_v1_Verb__Output);
  'part': (_drydock_v1_FinalizePart__Output);
  'keepRelease': (string);
  'keepMs': (number);
  'follow': (_drydock_v1_MemberAddress__Output | null);
  'token'?: (string);
  'slots': (string)[];
  'config': (_drydock_v1_ConfigRevision__Output | null);
  'hop'?: (string);
  '_token'?: "token";
  '_hop'?: "hop";
}
