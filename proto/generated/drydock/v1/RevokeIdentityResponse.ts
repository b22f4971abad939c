// Original file: proto/drydock/v1/operator.proto


export interface RevokeIdentityResponse {
}

export interface RevokeIdentityResponse__Output {
}
