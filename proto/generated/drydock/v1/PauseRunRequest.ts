// Original file: proto/drydock/v1/operator.proto


export interface PauseRunRequest {
  'runId'?: (string);
  'reason'?: (string);
}

export interface PauseRunRequest__Output {
  'runId': (string);
  'reason': (string);
}
