// Original file: proto/drydock/v1/operator.proto


export interface AdoptFleetRequest {
  'reason'?: (string);
}

export interface AdoptFleetRequest__Output {
  'reason': (string);
}
