// Original file: proto/drydock/v1/operator.proto


export interface ForgetClusterRequest {
  'cluster'?: (string);
  'reason'?: (string);
}

export interface ForgetClusterRequest__Output {
  'cluster': (string);
  'reason': (string);
}
