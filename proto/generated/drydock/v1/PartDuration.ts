// Original file: proto/drydock/v1/agent_link.proto


export interface PartDuration {
  'part'?: (string);
  'ms'?: (number | string);
}

export interface PartDuration__Output {
  'part': (string);
  'ms': (number);
}
