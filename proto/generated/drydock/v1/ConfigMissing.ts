// Original file: proto/drydock/v1/types.proto


export interface ConfigMissing {
  'keys'?: (string)[];
}

export interface ConfigMissing__Output {
  'keys': (string)[];
}
