// Original file: proto/drydock/v1/operator.proto


export interface ConfigEdit {
  'key'?: (string);
  'setValue'?: (string);
  'renameTo'?: (string);
  'remove'?: (boolean);
  'op'?: "setValue"|"renameTo"|"remove";
}

export interface ConfigEdit__Output {
  'key': (string);
  'setValue'?: (string);
  'renameTo'?: (string);
  'remove'?: (boolean);
  'op'?: "setValue"|"renameTo"|"remove";
}
