// Original file: proto/drydock/v1/operator.proto


export interface ConfirmStepRequest {
  'runId'?: (string);
  'step'?: (string);
  'digest'?: (string);
  'reason'?: (string);
}

export interface ConfirmStepRequest__Output {
  'runId': (string);
  'step': (string);
  'digest': (string);
  'reason': (string);
}
