// Original file: proto/drydock/v1/operator.proto


export interface UnbindRoleRequest {
  'identity'?: (string);
  'role'?: (string);
  'selector'?: (string);
}

export interface UnbindRoleRequest__Output {
  'identity': (string);
  'role': (string);
  'selector': (string);
}
