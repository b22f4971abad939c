// Original file: proto/drydock/v1/operator.proto


export interface ExcludeNodeRequest {
  'runId'?: (string);
  'instance'?: (string);
  'reason'?: (string);
}

export interface ExcludeNodeRequest__Output {
  'runId': (string);
  'instance': (string);
  'reason': (string);
}
