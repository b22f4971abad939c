// Original file: proto/drydock/v1/agent_link.proto

import type { Receipt as _drydock_v1_Receipt, Receipt__Output as _drydock_v1_Receipt__Output } from '../../drydock/v1/Receipt.ts';
import type { Giver as _drydock_v1_Giver, Giver__Output as _drydock_v1_Giver__Output } from '../../drydock/v1/Giver.ts';
import type { Long } from '@grpc/proto-loader';

export interface Report {
  'seq'?: (number | string | Long);
  'receipt'?: (_drydock_v1_Receipt | null);
  'given'?: (_drydock_v1_Giver | null);
}

export interface Report__Output {
  'seq': (number);
  'receipt': (_drydock_v1_Receipt__Output | null);
  'given': (_drydock_v1_Giver__Output | null);
}
