// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateTokenRequest {
  'identity'?: (string);
  'ttlMs'?: (number | string | Long);
  'role'?: (string);
  'selector'?: (string);
}

export interface CreateTokenRequest__Output {
  'identity': (string);
  'ttlMs': (number);
  'role': (string);
  'selector': (string);
}
