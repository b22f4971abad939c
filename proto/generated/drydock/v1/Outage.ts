// Original file: proto/drydock/v1/agent_link.proto

import type { OutageMode as _drydock_v1_OutageMode, OutageMode__Output as _drydock_v1_OutageMode__Output } from '../../drydock/v1/OutageMode.ts';
import type { OutagePart as _drydock_v1_OutagePart, OutagePart__Output as _drydock_v1_OutagePart__Output } from '../../drydock/v1/OutagePart.ts';
import type { OnFailure as _drydock_v1_OnFailure, OnFailure__Output as _drydock_v1_OnFailure__Output } from '../../drydock/v1/OnFailure.ts';
import type { ConfigRevision as _drydock_v1_ConfigRevision, ConfigRevision__Output as _drydock_v1_ConfigRevision__Output } from '../../drydock/v1/ConfigRevision.ts';

export interface Outage {
  'mode'?: (_drydock_v1_OutageMode);
  'parts'?: (_drydock_v1_OutagePart)[];
  'fromRelease'?: (string);
  'toRelease'?: (string);
  'expectVersion'?: (string);
  'onFailure'?: (_drydock_v1_OnFailure);
  'config'?: (_drydock_v1_ConfigRevision | null);
  'restore'?: (string);
  '_restore'?: "restore";
}

export interface Outage__Output {
  'mode': (_drydock_v1_OutageMode__Output);
  'parts': (_drydock_v1_OutagePart__Output)[];
  'fromRelease': (string);
  'toRelease': (string);
  'expectVersion': (string);
  'onFailure': (_drydock_v1_OnFailure__Output);
  'config': (_drydock_v1_ConfigRevision__Output | null);
  'restore'?: (string);
  '_restore'?: "restore";
}
