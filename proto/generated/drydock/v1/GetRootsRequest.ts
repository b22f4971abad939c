// Original file: proto/drydock/v1/enrolment.proto


export interface GetRootsRequest {
}

export interface GetRootsRequest__Output {
}
