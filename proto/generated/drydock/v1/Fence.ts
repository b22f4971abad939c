// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Fence {
  'cluster'?: (string);
  'epoch'?: (number | string | Long);
  'writer'?: (string);
}

export interface Fence__Output {
  'cluster': (string);
  'epoch': (number);
  'writer': (string);
}
