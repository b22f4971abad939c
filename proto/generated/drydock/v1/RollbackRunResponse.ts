// Original file: proto/drydock/v1/operator.proto


export interface RollbackRunResponse {
}

export interface RollbackRunResponse__Output {
}
