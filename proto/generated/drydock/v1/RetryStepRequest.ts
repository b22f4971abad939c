// Original file: proto/drydock/v1/operator.proto


export interface RetryStepRequest {
  'runId'?: (string);
  'step'?: (string);
}

export interface RetryStepRequest__Output {
  'runId': (string);
  'step': (string);
}
