// Original file: proto/drydock/v1/operator.proto


export interface MovedRole {
  'instance'?: (string);
  'planned'?: (string);
  'now'?: (string);
}

export interface MovedRole__Output {
  'instance': (string);
  'planned': (string);
  'now': (string);
}
