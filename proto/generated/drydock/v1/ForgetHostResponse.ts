// Original file: proto/drydock/v1/operator.proto


export interface ForgetHostResponse {
}

export interface ForgetHostResponse__Output {
}
