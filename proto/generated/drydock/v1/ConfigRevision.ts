// Original file: proto/drydock/v1/agent_link.proto

import type { ConfigChange as _drydock_v1_ConfigChange, ConfigChange__Output as _drydock_v1_ConfigChange__Output } from '../../drydock/v1/ConfigChange.ts';

export interface ConfigRevision {
  'changes'?: (_drydock_v1_ConfigChange)[];
  'fromDigest'?: (string);
  'toDigest'?: (string);
}

export interface ConfigRevision__Output {
  'changes': (_drydock_v1_ConfigChange__Output)[];
  'fromDigest': (string);
  'toDigest': (string);
}
