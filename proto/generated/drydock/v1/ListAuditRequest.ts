// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface ListAuditRequest {
  'chain'?: (string);
  'afterSeq'?: (number | string | Long);
  'pageSize'?: (number);
}

export interface ListAuditRequest__Output {
  'chain': (string);
  'afterSeq': (number);
  'pageSize': (number);
}
