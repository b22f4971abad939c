// Original file: proto/drydock/v1/operator.proto


export interface ResumeRunResponse {
  'runId'?: (string);
}

export interface ResumeRunResponse__Output {
  'runId': (string);
}
