// Original file: proto/drydock/v1/agent_link.proto

import type { RecalledOrder as _drydock_v1_RecalledOrder, RecalledOrder__Output as _drydock_v1_RecalledOrder__Output } from '../../drydock/v1/RecalledOrder.ts';
import type { Long } from '@grpc/proto-loader';

export interface Recalled {
  'cluster'?: (string);
  'beforeSeq'?: (number | string | Long);
  'orders'?: (_drydock_v1_RecalledOrder)[];
  'isAll'?: (boolean);
}

export interface Recalled__Output {
  'cluster': (string);
  'beforeSeq': (number);
  'orders': (_drydock_v1_RecalledOrder__Output)[];
  'isAll': (boolean);
}
