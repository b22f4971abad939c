// Original file: proto/drydock/v1/enrolment.proto


export interface EnrollResponse {
  'chainPem'?: (string);
  'rootsPem'?: (string);
}

export interface EnrollResponse__Output {
  'chainPem': (string);
  'rootsPem': (string);
}
