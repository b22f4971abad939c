// Original file: proto/drydock/v1/enrolment.proto


export interface GetRootsResponse {
  'rootsPem'?: (string)[];
}

export interface GetRootsResponse__Output {
  'rootsPem': (string)[];
}
