// Original file: proto/drydock/v1/agent_link.proto


export interface Observe {
  'checks'?: (string)[];
  'nonce'?: (string);
}

export interface Observe__Output {
  'checks': (string)[];
  'nonce': (string);
}
