// Original file: proto/drydock/v1/agent_link.proto

import type { OrderState as _drydock_v1_OrderState, OrderState__Output as _drydock_v1_OrderState__Output } from '../../drydock/v1/OrderState.ts';
import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from '../../drydock/v1/Failure.ts';

export interface Ack {
  'orderId'?: (string);
  'state'?: (_drydock_v1_OrderState);
  'failure'?: (_drydock_v1_Failure | null);
}

export interface Ack__Output {
  'orderId': (string);
  'state': (_drydock_v1_OrderState__Output);
  'failure': (_drydock_v1_Failure__Output | null);
}
