// Original file: proto/drydock/v1/operator.proto


export interface ResolveStepRequest {
  'runId'?: (string);
  'step'?: (string);
  'as'?: (string);
  'reason'?: (string);
}

export interface ResolveStepRequest__Output {
  'runId': (string);
  'step': (string);
  'as': (string);
  'reason': (string);
}
