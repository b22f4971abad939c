// Original file: proto/drydock/v1/enrolment.proto


export interface RenewRequest {
  'request'?: (Buffer | Uint8Array | string);
}

export interface RenewRequest__Output {
  'request': (Buffer);
}
