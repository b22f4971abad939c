// Original file: proto/drydock/v1/operator.proto


export interface ResumeRunRequest {
  'runId'?: (string);
}

export interface ResumeRunRequest__Output {
  'runId': (string);
}
