// Original file: proto/drydock/v1/operator.proto


export interface ShowRulesRequest {
  'engine'?: (string);
  'pack'?: (string);
}

export interface ShowRulesRequest__Output {
  'engine': (string);
  'pack': (string);
}
