// Original file: proto/drydock/v1/operator.proto


export interface DiffRulesRequest {
  'engine'?: (string);
  'packA'?: (string);
  'packB'?: (string);
}

export interface DiffRulesRequest__Output {
  'engine': (string);
  'packA': (string);
  'packB': (string);
}
