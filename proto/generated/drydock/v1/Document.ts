// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface Document {
  'json'?: (Buffer | Uint8Array | string);
  'digest'?: (string);
  'sizeBytes'?: (number | string | Long);
}

export interface Document__Output {
  'json': (Buffer);
  'digest': (string);
  'sizeBytes': (number);
}
