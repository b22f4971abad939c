// Original file: proto/drydock/v1/operator.proto


export interface UnbindRoleResponse {
}

export interface UnbindRoleResponse__Output {
}
