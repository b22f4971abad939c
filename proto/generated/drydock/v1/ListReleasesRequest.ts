// Original file: proto/drydock/v1/operator.proto


export interface ListReleasesRequest {
  'engine'?: (string);
}

export interface ListReleasesRequest__Output {
  'engine': (string);
}
