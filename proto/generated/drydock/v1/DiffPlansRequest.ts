// Original file: proto/drydock/v1/operator.proto


export interface DiffPlansRequest {
  'planA'?: (string);
  'planB'?: (string);
}

export interface DiffPlansRequest__Output {
  'planA': (string);
  'planB': (string);
}
