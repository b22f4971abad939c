// Original file: proto/drydock/v1/agent_link.proto

import type { Order as _drydock_v1_Order, Order__Output as _drydock_v1_Order__Output } from '../../drydock/v1/Order.ts';
import type { RecalledState as _drydock_v1_RecalledState, RecalledState__Output as _drydock_v1_RecalledState__Output } from '../../drydock/v1/RecalledState.ts';
import type { Receipt as _drydock_v1_Receipt, Receipt__Output as _drydock_v1_Receipt__Output } from '../../drydock/v1/Receipt.ts';
import type { Long } from '@grpc/proto-loader';

export interface RecalledOrder {
  'seq'?: (number | string | Long);
  'order'?: (_drydock_v1_Order | null);
  'state'?: (_drydock_v1_RecalledState);
  'receipt'?: (_drydock_v1_Receipt | null);
}

export interface RecalledOrder__Output {
  'seq': (number);
  'order': (_drydock_v1_Order__Output | null);
  'state': (_drydock_v1_RecalledState__Output);
  'receipt': (_drydock_v1_Receipt__Output | null);
}
