// Original file: proto/drydock/v1/agent_link.proto

import type { Welcome as _drydock_v1_Welcome, Welcome__Output as _drydock_v1_Welcome__Output } from '../../drydock/v1/Welcome.ts';
import type { Order as _drydock_v1_Order, Order__Output as _drydock_v1_Order__Output } from '../../drydock/v1/Order.ts';
import type { ReportAck as _drydock_v1_ReportAck, ReportAck__Output as _drydock_v1_ReportAck__Output } from '../../drydock/v1/ReportAck.ts';
import type { Cancel as _drydock_v1_Cancel, Cancel__Output as _drydock_v1_Cancel__Output } from '../../drydock/v1/Cancel.ts';
import type { Goodbye as _drydock_v1_Goodbye, Goodbye__Output as _drydock_v1_Goodbye__Output } from '../../drydock/v1/Goodbye.ts';
import type { Recall as _drydock_v1_Recall, Recall__Output as _drydock_v1_Recall__Output } from '../../drydock/v1/Recall.ts';
import type { RemoveSnapshot as _drydock_v1_RemoveSnapshot, RemoveSnapshot__Output as _drydock_v1_RemoveSnapshot__Output } from '../../drydock/v1/RemoveSnapshot.ts';
import type { Anchor as _drydock_v1_Anchor, Anchor__Output as _drydock_v1_Anchor__Output } from '../../drydock/v1/Anchor.ts';

export interface ControllerMessage {
  'welcome'?: (_drydock_v1_Welcome | null);
  'order'?: (_drydock_v1_Order | null);
  'reportAck'?: (_drydock_v1_ReportAck | null);
  'cancel'?: (_drydock_v1_Cancel | null);
  'goodbye'?: (_drydock_v1_Goodbye | null);
  'recall'?: (_drydock_v1_Recall | null);
  'removeSnapshot'?: (_drydock_v1_RemoveSnapshot | null);
  'anchor'?: (_drydock_v1_Anchor | null);
  'body'?: "welcome"|"order"|"reportAck"|"cancel"|"goodbye"|"recall"|"removeSnapshot"|"anchor";
}

export interface ControllerMessage__Output {
  'welcome'?: (_drydock_v1_Welcome__Output | null);
  'order'?: (_drydock_v1_Order__Output | null);
  'reportAck'?: (_drydock_v1_ReportAck__Output | null);
  'cancel'?: (_drydock_v1_Cancel__Output | null);
  'goodbye'?: (_drydock_v1_Goodbye__Output | null);
  'recall'?: (_drydock_v1_Recall__Output | null);
  'removeSnapshot'?: (_drydock_v1_RemoveSnapshot__Output | null);
  'anchor'?: (_drydock_v1_Anchor__Output | null);
  'body'?: "welcome"|"order"|"reportAck"|"cancel"|"goodbye"|"recall"|"removeSnapshot"|"anchor";
}
