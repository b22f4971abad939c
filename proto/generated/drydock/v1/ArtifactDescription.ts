// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface ArtifactDescription {
  'role'?: (string);
  'digest'?: (string);
  'sizeBytes'?: (number | string | Long);
  'fileName'?: (string);
}

export interface ArtifactDescription__Output {
  'role': (string);
  'digest': (string);
  'sizeBytes': (number);
  'fileName': (string);
}
