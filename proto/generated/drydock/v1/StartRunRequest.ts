// Original file: proto/drydock/v1/operator.proto


export interface StartRunRequest {
  'planId'?: (string);
}

export interface StartRunRequest__Output {
  'planId': (string);
}
