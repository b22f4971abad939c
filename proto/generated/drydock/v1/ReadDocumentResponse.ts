// Original file: proto/drydock/v1/operator.proto


export interface ReadDocumentResponse {
  'content'?: (Buffer | Uint8Array | string);
}

export interface ReadDocumentResponse__Output {
  'content': (Buffer);
}
