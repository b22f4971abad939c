// Original file: proto/drydock/v1/operator.proto


export interface ExcludeNodeResponse {
  'runId'?: (string);
}

export interface ExcludeNodeResponse__Output {
  'runId': (string);
}
