// Original file: proto/drydock/v1/operator.proto


export interface BindRoleResponse {
}

export interface BindRoleResponse__Output {
}
