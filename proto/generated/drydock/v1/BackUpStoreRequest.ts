// Original file: proto/drydock/v1/operator.proto


export interface BackUpStoreRequest {
}

export interface BackUpStoreRequest__Output {
}
