// Original file: proto/drydock/v1/operator.proto


export interface ResumeRunResponse {
}

export interface ResumeRunResponse__Output {
}
