// Original file: proto/drydock/v1/operator.proto


export interface StartRunResponse {
  'runId'?: (string);
  'planId'?: (string);
}

export interface StartRunResponse__Output {
  'runId': (string);
  'planId': (string);
}
