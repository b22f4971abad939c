// Original file: proto/drydock/v1/operator.proto


export interface FinalizeRunRequest {
  'runId'?: (string);
  'digest'?: (string);
  'reason'?: (string);
}

export interface FinalizeRunRequest__Output {
  'runId': (string);
  'digest': (string);
  'reason': (string);
}
