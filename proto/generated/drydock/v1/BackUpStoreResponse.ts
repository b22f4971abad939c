// Original file: proto/drydock/v1/operator.proto

import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from '../../drydock/v1/Document.ts';

export interface BackUpStoreResponse {
  'copy'?: (_drydock_v1_Document | null);
  'content'?: (Buffer | Uint8Array | string);
  'body'?: "copy"|"content";
}

export interface BackUpStoreResponse__Output {
  'copy'?: (_drydock_v1_Document__Output | null);
  'content'?: (Buffer);
  'body'?: "copy"|"content";
}
