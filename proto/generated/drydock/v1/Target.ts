// Original file: proto/drydock/v1/agent_link.proto


export interface Target {
  'instance'?: (string);
  'host'?: (string);
  'engine'?: (string);
  'dataDir'?: (string);
  'databaseId'?: (string);
  '_databaseId'?: "databaseId";
}

export interface Target__Output {
  'instance': (string);
  'host': (string);
  'engine': (string);
  'dataDir': (string);
  'databaseId'?: (string);
  '_databaseId'?: "databaseId";
}
