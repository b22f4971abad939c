// Original file: proto/drydock/v1/operator.proto


export interface ListClustersRequest {
  'selector'?: (string);
  'engine'?: (string);
  'version'?: (string);
  'state'?: (string);
  'pageSize'?: (number);
  'after'?: (string);
}

export interface ListClustersRequest__Output {
  'selector': (string);
  'engine': (string);
  'version': (string);
  'state': (string);
  'pageSize': (number);
  'after': (string);
}
