// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface Space {
  'freeBytes'?: (number | string | Long);
  'freeInodes'?: (number | string | Long);
}

export interface Space__Output {
  'freeBytes': (number);
  'freeInodes': (number);
}
