// Original file: proto/drydock/v1/operator.proto


export interface StartRunResponse {
  'runId'?: (string);
}

export interface StartRunResponse__Output {
  'runId': (string);
}
