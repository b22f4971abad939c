// Original file: proto/drydock/v1/operator.proto


export interface PauseRunResponse {
}

export interface PauseRunResponse__Output {
}
