// Original file: proto/drydock/v1/operator.proto


export interface ResolveStepResponse {
  'runId'?: (string);
}

export interface ResolveStepResponse__Output {
  'runId': (string);
}
