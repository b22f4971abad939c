// Original file: proto/drydock/v1/operator.proto


export interface ListReleasesRequest {
  'engine'?: (string);
  'version'?: (string);
  'pageSize'?: (number);
  'after'?: (string);
}

export interface ListReleasesRequest__Output {
  'engine': (string);
  'version': (string);
  'pageSize': (number);
  'after': (string);
}
