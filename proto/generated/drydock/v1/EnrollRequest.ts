// Original file: proto/drydock/v1/enrolment.proto


export interface EnrollRequest {
  'secret'?: (string);
  'request'?: (Buffer | Uint8Array | string);
}

export interface EnrollRequest__Output {
  'secret': (string);
  'request': (Buffer);
}
