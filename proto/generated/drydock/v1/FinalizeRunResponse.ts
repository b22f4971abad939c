// Original file: proto/drydock/v1/operator.proto


export interface FinalizeRunResponse {
  'runId'?: (string);
}

export interface FinalizeRunResponse__Output {
  'runId': (string);
}
