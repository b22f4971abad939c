// Original file: proto/drydock/v1/operator.proto


export interface ApprovePlanResponse {
  'runId'?: (string);
  'digest'?: (string);
}

export interface ApprovePlanResponse__Output {
  'runId': (string);
  'digest': (string);
}
