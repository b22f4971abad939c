// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface Artifact {
  'role'?: (string);
  'digest'?: (string);
  'sizeBytes'?: (number | string | Long);
  'unpackedBytes'?: (number | string | Long);
  'unpackedInodes'?: (number | string | Long);
}

export interface Artifact__Output {
  'role': (string);
  'digest': (string);
  'sizeBytes': (number);
  'unpackedBytes': (number);
  'unpackedInodes': (number);
}
