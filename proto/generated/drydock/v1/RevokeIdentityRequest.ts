// Original file: proto/drydock/v1/operator.proto


export interface RevokeIdentityRequest {
  'identity'?: (string);
  'reason'?: (string);
}

export interface RevokeIdentityRequest__Output {
  'identity': (string);
  'reason': (string);
}
