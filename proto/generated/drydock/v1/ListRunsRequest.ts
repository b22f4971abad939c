// Original file: proto/drydock/v1/operator.proto


export interface ListRunsRequest {
  'openOnly'?: (boolean);
}

export interface ListRunsRequest__Output {
  'openOnly': (boolean);
}
