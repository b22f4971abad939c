// Original file: proto/drydock/v1/agent_link.proto


export interface Progress {
  'orderId'?: (string);
  'part'?: (string);
  'fraction'?: (number | string);
  'note'?: (string);
}

export interface Progress__Output {
  'orderId': (string);
  'part': (string);
  'fraction': (number);
  'note': (string);
}
