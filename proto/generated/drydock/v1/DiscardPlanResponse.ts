// Original file: proto/drydock/v1/operator.proto


export interface DiscardPlanResponse {
  'planId'?: (string);
}

export interface DiscardPlanResponse__Output {
  'planId': (string);
}
