// Original file: proto/drydock/v1/operator.proto


export interface DiscardPlanRequest {
  'planId'?: (string);
  'reason'?: (string);
}

export interface DiscardPlanRequest__Output {
  'planId': (string);
  'reason': (string);
}
