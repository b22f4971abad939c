// Original file: proto/drydock/v1/operator.proto


export interface PauseRunResponse {
  'runId'?: (string);
}

export interface PauseRunResponse__Output {
  'runId': (string);
}
