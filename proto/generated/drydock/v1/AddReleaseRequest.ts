// Original file: proto/drydock/v1/operator.proto

import type { ReleaseDescription as _drydock_v1_ReleaseDescription, ReleaseDescription__Output as _drydock_v1_ReleaseDescription__Output } from '../../drydock/v1/ReleaseDescription.ts';

export interface AddReleaseRequest {
  'description'?: (_drydock_v1_ReleaseDescription | null);
  'content'?: (Buffer | Uint8Array | string);
  'body'?: "description"|"content";
}

export interface AddReleaseRequest__Output {
  'description'?: (_drydock_v1_ReleaseDescription__Output | null);
  'content'?: (Buffer);
  'body'?: "description"|"content";
}
