// Original file: proto/drydock/v1/operator.proto

import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';

export interface GetPlanResponse {
  'planId'?: (string);
  'runId'?: (string);
  'plan'?: (_drydock_v1_Document | null);
  'state'?: (string);
}

export interface GetPlanResponse__Output {
  'planId': (string);
  'runId': (string);
  'plan': (_drydock_v1_Document__Output | null);
  'state': (string);
}
