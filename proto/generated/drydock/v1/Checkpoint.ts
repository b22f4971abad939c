// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Checkpoint {
  'chain'?: (string);
  'seq'?: (number | string | Long);
  'head'?: (string);
  'atMs'?: (number | string | Long);
  'number'?: (number | string | Long);
  'chains'?: (number | string | Long);
  'key'?: (string);
  'signature'?: (string);
}

export interface Checkpoint__Output {
  'chain': (string);
  'seq': (number);
  'head': (string);
  'atMs': (number);
  'number': (number);
  'chains': (number);
  'key': (string);
  'signature': (string);
}
