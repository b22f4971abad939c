// Original file: proto/drydock/v1/operator.proto

import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListAuditResponse {
  'audit'?: (_drydock_v1_Document | null);
  'nextAfterSeq'?: (number | string | Long);
}

export interface ListAuditResponse__Output {
  'audit': (_drydock_v1_Document__Output | null);
  'nextAfterSeq': (number);
}
