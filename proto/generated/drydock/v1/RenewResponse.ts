// Original file: proto/drydock/v1/enrolment.proto


export interface RenewResponse {
  'chainPem'?: (string);
  'rootsPem'?: (string);
}

export interface RenewResponse__Output {
  'chainPem': (string);
  'rootsPem': (string);
}
