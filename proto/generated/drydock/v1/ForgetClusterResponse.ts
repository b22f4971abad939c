// Original file: proto/drydock/v1/operator.proto


export interface ForgetClusterResponse {
}

export interface ForgetClusterResponse__Output {
}
