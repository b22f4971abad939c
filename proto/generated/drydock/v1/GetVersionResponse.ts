// Original file: proto/drydock/v1/operator.proto


export interface GetVersionResponse {
  'version'?: (string);
  'node'?: (string);
}

export interface GetVersionResponse__Output {
  'version': (string);
  'node': (string);
}
