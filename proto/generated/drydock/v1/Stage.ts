// Original file: proto/drydock/v1/agent_link.proto

import type { Bundle as _drydock_v1_Bundle, Bundle__Output as _drydock_v1_Bundle__Output } from '../../drydock/v1/Bundle.ts';
import type { Long } from '@grpc/proto-loader';

export interface Stage {
  'bundle'?: (_drydock_v1_Bundle | null);
  'needBytes'?: (number | string | Long);
  'needInodes'?: (number | string | Long);
}

export interface Stage__Output {
  'bundle': (_drydock_v1_Bundle__Output | null);
  'needBytes': (number);
  'needInodes': (number);
}
