// Original file: proto/drydock/v1/operator.proto


export interface BindRoleRequest {
  'identity'?: (string);
  'role'?: (string);
  'selector'?: (string);
}

export interface BindRoleRequest__Output {
  'identity': (string);
  'role': (string);
  'selector': (string);
}
