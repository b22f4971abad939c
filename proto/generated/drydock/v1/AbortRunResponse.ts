// Original file: proto/drydock/v1/operator.proto


export interface AbortRunResponse {
}

export interface AbortRunResponse__Output {
}
