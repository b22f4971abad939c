// Original file: proto/drydock/v1/types.proto


export interface Document {
  'json'?: (Buffer | Uint8Array | string);
  'digest'?: (string);
}

export interface Document__Output {
  'json': (Buffer);
  'digest': (string);
}
