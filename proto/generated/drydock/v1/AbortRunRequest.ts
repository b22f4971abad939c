// Original file: proto/drydock/v1/operator.proto


export interface AbortRunRequest {
  'runId'?: (string);
  'reason'?: (string);
}

export interface AbortRunRequest__Output {
  'runId': (string);
  'reason': (string);
}
