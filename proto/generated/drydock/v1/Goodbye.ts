// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Goodbye {
  'afterMs'?: (number | string | Long);
}

export interface Goodbye__Output {
  'afterMs': (number);
}
