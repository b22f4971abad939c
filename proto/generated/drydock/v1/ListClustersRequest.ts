// Original file: proto/drydock/v1/operator.proto


export interface ListClustersRequest {
  'selector'?: (string);
}

export interface ListClustersRequest__Output {
  'selector': (string);
}
