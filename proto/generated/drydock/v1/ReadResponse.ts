// Original file: proto/drydock/v1/artifacts.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadResponse {
  'content'?: (Buffer | Uint8Array | string);
  'sizeBytes'?: (number | string | Long);
}

export interface ReadResponse__Output {
  'content': (Buffer);
  'sizeBytes': (number);
}
