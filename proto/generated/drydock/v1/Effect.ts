// Original file: proto/drydock/v1/agent_link.proto


export interface Effect {
  'key'?: (string);
  'prior'?: (string);
  'set'?: (string);
  'clusterWide'?: (boolean);
  '_prior'?: "prior";
  '_set'?: "set";
}

export interface Effect__Output {
  'key': (string);
  'prior'?: (string);
  'set'?: (string);
  'clusterWide': (boolean);
  '_prior'?: "prior";
  '_set'?: "set";
}
