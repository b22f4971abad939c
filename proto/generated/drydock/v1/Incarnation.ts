// Original file: proto/drydock/v1/types.proto


export interface Incarnation {
  'bootId'?: (string);
  'invocationId'?: (string);
}

export interface Incarnation__Output {
  'bootId': (string);
  'invocationId': (string);
}
