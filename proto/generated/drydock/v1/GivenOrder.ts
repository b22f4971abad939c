// Original file: proto/drydock/v1/agent_link.proto

import type { Giver as _drydock_v1_Giver, Giver__Output as _drydock_v1_Giver__Output } from '../../drydock/v1/Giver.ts';

export interface GivenOrder {
  'cluster'?: (string);
  'orderId'?: (string);
  'given'?: (_drydock_v1_Giver | null);
}

export interface GivenOrder__Output {
  'cluster': (string);
  'orderId': (string);
  'given': (_drydock_v1_Giver__Output | null);
}
