// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Recall {
  'cluster'?: (string);
  'beforeSeq'?: (number | string | Long);
}

export interface Recall__Output {
  'cluster': (string);
  'beforeSeq': (number);
}
