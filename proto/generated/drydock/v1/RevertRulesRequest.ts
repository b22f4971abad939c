// Original file: proto/drydock/v1/operator.proto


export interface RevertRulesRequest {
  'engine'?: (string);
  'pack'?: (string);
}

export interface RevertRulesRequest__Output {
  'engine': (string);
  'pack': (string);
}
