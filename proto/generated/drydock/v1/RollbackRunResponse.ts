// Original file: proto/drydock/v1/operator.proto


export interface RollbackRunResponse {
  'runId'?: (string);
}

export interface RollbackRunResponse__Output {
  'runId': (string);
}
