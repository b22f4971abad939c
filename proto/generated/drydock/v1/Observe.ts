// Original file: proto/drydock/v1/agent_link.proto

import type { ConfigChanges as _drydock_v1_ConfigChanges, ConfigChanges__Output as _drydock_v1_ConfigChanges__Output } from '../../drydock/v1/ConfigChanges.ts';

export interface Observe {
  'checks'?: (string)[];
  'nonce'?: (string);
  'config'?: (_drydock_v1_ConfigChanges | null);
  'restoreRun'?: (string);
  '_restoreRun'?: "restoreRun";
}

export interface Observe__Output {
  'checks': (string)[];
  'nonce': (string);
  'config': (_drydock_v1_ConfigChanges__Output | null);
  'restoreRun'?: (string);
  '_restoreRun'?: "restoreRun";
}
