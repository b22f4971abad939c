// Original file: proto/drydock/v1/operator.proto


export interface FindPathRequest {
  'engine'?: (string);
  'from'?: (string);
  'to'?: (string);
  'os'?: (string);
  'traits'?: ({[key: string]: string});
  'arch'?: (string);
  'via'?: (string)[];
}

export interface FindPathRequest__Output {
  'engine': (string);
  'from': (string);
  'to': (string);
  'os': (string);
  'traits': ({[key: string]: string});
  'arch': (string);
  'via': (string)[];
}
