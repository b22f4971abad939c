// Original file: proto/drydock/v1/operator.proto


export interface RetryStepResponse {
  'attempt'?: (number);
  'runId'?: (string);
}

export interface RetryStepResponse__Output {
  'attempt': (number);
  'runId': (string);
}
