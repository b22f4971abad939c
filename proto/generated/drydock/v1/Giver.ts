// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Giver {
  'epoch'?: (number | string | Long);
  'writer'?: (string);
}

export interface Giver__Output {
  'epoch': (number);
  'writer': (string);
}
