// Original file: proto/drydock/v1/operator.proto


export interface ApprovePlanRequest {
  'planId'?: (string);
  'digest'?: (string);
}

export interface ApprovePlanRequest__Output {
  'planId': (string);
  'digest': (string);
}
