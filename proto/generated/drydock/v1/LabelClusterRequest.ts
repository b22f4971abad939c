// Original file: proto/drydock/v1/operator.proto


export interface LabelClusterRequest {
  'cluster'?: (string);
  'set'?: ({[key: string]: string});
  'remove'?: (string)[];
}

export interface LabelClusterRequest__Output {
  'cluster': (string);
  'set': ({[key: string]: string});
  'remove': (string)[];
}
