// Original file: proto/drydock/v1/operator.proto

import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';

export interface ListIdentitiesResponse {
  'identities'?: (_drydock_v1_Document | null);
  'nextAfter'?: (string);
}

export interface ListIdentitiesResponse__Output {
  'identities': (_drydock_v1_Document__Output | null);
  'nextAfter': (string);
}
