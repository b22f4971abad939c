// Original file: proto/drydock/v1/agent_link.proto


export interface ConfigChange {
  'key'?: (string);
  'setValue'?: (string);
  'renameTo'?: (string);
  'remove'?: (boolean);
  'op'?: "setValue"|"renameTo"|"remove";
}

export interface ConfigChange__Output {
  'key': (string);
  'setValue'?: (string);
  'renameTo'?: (string);
  'remove'?: (boolean);
  'op'?: "setValue"|"renameTo"|"remove";
}
