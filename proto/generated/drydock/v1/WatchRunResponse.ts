// Original file: proto/drydock/v1/operator.proto

import type { RunEventSeen as _drydock_v1_RunEventSeen, RunEventSeen__Output as _drydock_v1_RunEventSeen__Output } from '../../drydock/v1/RunEventSeen.ts';
import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';
import type { StepProgress as _drydock_v1_StepProgress, StepProgress__Output as _drydock_v1_StepProgress__Output } from '../../drydock/v1/StepProgress.ts';

export interface WatchRunResponse {
  'event'?: (_drydock_v1_RunEventSeen | null);
  'status'?: (_drydock_v1_Document | null);
  'progress'?: (_drydock_v1_StepProgress | null);
  'statusRest'?: (Buffer | Uint8Array | string);
  'body'?: "event"|"status"|"progress"|"statusRest";
}

export interface WatchRunResponse__Output {
  'event'?: (_drydock_v1_RunEventSeen__Output | null);
  'status'?: (_drydock_v1_Document__Output | null);
  'progress'?: (_drydock_v1_StepProgress__Output | null);
  'statusRest'?: (Buffer);
  'body'?: "event"|"status"|"progress"|"statusRest";
}
