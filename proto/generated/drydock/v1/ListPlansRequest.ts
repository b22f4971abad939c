// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface ListPlansRequest {
  'cluster'?: (string);
  'engine'?: (string);
  'state'?: (string);
  'sinceMs'?: (number | string | Long);
  'pageSize'?: (number);
  'after'?: (string);
  'selector'?: (string);
  'version'?: (string);
}

export interface ListPlansRequest__Output {
  'cluster': (string);
  'engine': (string);
  'state': (string);
  'sinceMs': (number);
  'pageSize': (number);
  'after': (string);
  'selector': (string);
  'version': (string);
}
