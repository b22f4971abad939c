// Original file: proto/drydock/v1/operator.proto


export interface ForgetHostRequest {
  'host'?: (string);
  'reason'?: (string);
}

export interface ForgetHostRequest__Output {
  'host': (string);
  'reason': (string);
}
