// Original file: proto/drydock/v1/agent_link.proto


export interface Guard {
  'check'?: (string);
  'expect'?: (string);
  '_expect'?: "expect";
}

export interface Guard__Output {
  'check': (string);
  'expect'?: (string);
  '_expect'?: "expect";
}
