// Original file: proto/drydock/v1/operator.proto


export interface VerifyReleasesRequest {
  'engine'?: (string);
}

export interface VerifyReleasesRequest__Output {
  'engine': (string);
}
