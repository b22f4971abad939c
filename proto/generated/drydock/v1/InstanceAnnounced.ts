// Original file: proto/drydock/v1/agent_link.proto


export interface InstanceAnnounced {
  'instance'?: (string);
  'cluster'?: (string);
  'engine'?: (string);
  'dataDir'?: (string);
  'capabilities'?: (string)[];
  'checks'?: (string)[];
  'profileDigest'?: (string);
  'verbs'?: (string)[];
  'keys'?: (string)[];
  'jobs'?: (string)[];
  'profile'?: ({[key: string]: string});
}

export interface InstanceAnnounced__Output {
  'instance': (string);
  'cluster': (string);
  'engine': (string);
  'dataDir': (string);
  'capabilities': (string)[];
  'checks': (string)[];
  'profileDigest': (string);
  'verbs': (string)[];
  'keys': (string)[];
  'jobs': (string)[];
  'profile': ({[key: string]: string});
}
