// Original file: proto/drydock/v1/operator.proto


export interface AdoptClusterRequest {
  'cluster'?: (string);
  'members'?: (number);
  'reason'?: (string);
  'fewerThanSeen'?: (boolean);
}

export interface AdoptClusterRequest__Output {
  'cluster': (string);
  'members': (number);
  'reason': (string);
  'fewerThanSeen': (boolean);
}
