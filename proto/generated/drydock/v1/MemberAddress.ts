// Original file: proto/drydock/v1/agent_link.proto


export interface MemberAddress {
  'member'?: (string);
  'host'?: (string);
  'port'?: (number);
}

export interface MemberAddress__Output {
  'member': (string);
  'host': (string);
  'port': (number);
}
