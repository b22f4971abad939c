// Original file: proto/drydock/v1/operator.proto


export interface GetClusterRequest {
  'cluster'?: (string);
}

export interface GetClusterRequest__Output {
  'cluster': (string);
}
