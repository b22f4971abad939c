// Original file: proto/drydock/v1/agent_link.proto

import type { OrderState as _drydock_v1_OrderState, OrderState__Output as _drydock_v1_OrderState__Output } from '../../drydock/v1/OrderState.ts';

export interface OpenOrder {
  'orderId'?: (string);
  'state'?: (_drydock_v1_OrderState);
}

export interface OpenOrder__Output {
  'orderId': (string);
  'state': (_drydock_v1_OrderState__Output);
}
