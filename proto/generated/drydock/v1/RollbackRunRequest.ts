// Original file: proto/drydock/v1/operator.proto


export interface RollbackRunRequest {
  'runId'?: (string);
  'reason'?: (string);
}

export interface RollbackRunRequest__Output {
  'runId': (string);
  'reason': (string);
}
