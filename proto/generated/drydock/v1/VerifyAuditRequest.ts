// Original file: proto/drydock/v1/operator.proto


export interface VerifyAuditRequest {
}

export interface VerifyAuditRequest__Output {
}
