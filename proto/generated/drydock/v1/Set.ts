// Original file: proto/drydock/v1/agent_link.proto


export interface Set {
  'key'?: (string);
  'value'?: (string);
}

export interface Set__Output {
  'key': (string);
  'value': (string);
}
