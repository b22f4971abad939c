// Original file: proto/drydock/v1/agent_link.proto


export interface Cancel {
  'orderId'?: (string);
}

export interface Cancel__Output {
  'orderId': (string);
}
