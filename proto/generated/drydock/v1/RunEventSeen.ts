// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface RunEventSeen {
  'seq'?: (number | string | Long);
  'atMs'?: (number | string | Long);
  'type'?: (string);
  'bodyJson'?: (Buffer | Uint8Array | string);
  'hash'?: (string);
  'v'?: (number);
}

export interface RunEventSeen__Output {
  'seq': (number);
  'atMs': (number);
  'type': (string);
  'bodyJson': (Buffer);
  'hash': (string);
  'v': (number);
}
