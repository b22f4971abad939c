// Original file: proto/drydock/v1/operator.proto


export interface ListHostsRequest {
}

export interface ListHostsRequest__Output {
}
