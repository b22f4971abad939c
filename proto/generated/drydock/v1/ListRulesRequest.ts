// Original file: proto/drydock/v1/operator.proto


export interface ListRulesRequest {
  'engine'?: (string);
}

export interface ListRulesRequest__Output {
  'engine': (string);
}
