// Original file: proto/drydock/v1/operator.proto


export interface RemoveReleaseRequest {
  'engine'?: (string);
  'release'?: (string);
  'arch'?: (string);
  'reason'?: (string);
}

export interface RemoveReleaseRequest__Output {
  'engine': (string);
  'release': (string);
  'arch': (string);
  'reason': (string);
}
