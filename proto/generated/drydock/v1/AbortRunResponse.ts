// Original file: proto/drydock/v1/operator.proto


export interface AbortRunResponse {
  'runId'?: (string);
}

export interface AbortRunResponse__Output {
  'runId': (string);
}
