// Original file: proto/drydock/v1/operator.proto


export interface GetReportRequest {
  'runId'?: (string);
}

export interface GetReportRequest__Output {
  'runId': (string);
}
