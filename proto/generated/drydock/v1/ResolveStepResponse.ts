// Original file: proto/drydock/v1/operator.proto


export interface ResolveStepResponse {
}

export interface ResolveStepResponse__Output {
}
