// Original file: proto/drydock/v1/operator.proto

import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';
import type { MovedRole as _drydock_v1_MovedRole, MovedRole__Output as _drydock_v1_MovedRole__Output } from '../../drydock/v1/MovedRole.ts';

export interface GetPlanResponse {
  'planId'?: (string);
  'runId'?: (string);
  'plan'?: (_drydock_v1_Document | null);
  'state'?: (string);
  'moved'?: (_drydock_v1_MovedRole)[];
}

export interface GetPlanResponse__Output {
  'planId': (string);
  'runId': (string);
  'plan': (_drydock_v1_Document__Output | null);
  'state': (string);
  'moved': (_drydock_v1_MovedRole__Output)[];
}
