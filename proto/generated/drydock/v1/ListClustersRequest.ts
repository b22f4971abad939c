// Original file: proto/drydock/v1/operator.proto


export interface ListClustersRequest {
}

export interface ListClustersRequest__Output {
}
