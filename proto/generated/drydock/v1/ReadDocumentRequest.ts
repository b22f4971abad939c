// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadDocumentRequest {
  'digest'?: (string);
  'offset'?: (number | string | Long);
}

export interface ReadDocumentRequest__Output {
  'digest': (string);
  'offset': (number);
}
