// Original file: proto/drydock/v1/operator.proto


export interface ConfirmStepResponse {
  'runId'?: (string);
}

export interface ConfirmStepResponse__Output {
  'runId': (string);
}
