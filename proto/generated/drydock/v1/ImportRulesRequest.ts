// Original file: proto/drydock/v1/operator.proto


export interface ImportRulesRequest {
  'fileName'?: (string);
  'text'?: (string);
}

export interface ImportRulesRequest__Output {
  'fileName': (string);
  'text': (string);
}
