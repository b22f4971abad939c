// Original file: proto/drydock/v1/artifacts.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadRequest {
  'digest'?: (string);
  'offset'?: (number | string | Long);
}

export interface ReadRequest__Output {
  'digest': (string);
  'offset': (number);
}
