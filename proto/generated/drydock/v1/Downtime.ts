// Original file: proto/drydock/v1/agent_link.proto

import type { DowntimeMode as _drydock_v1_DowntimeMode, DowntimeMode__Output as _drydock_v1_DowntimeMode__Output } from '../../drydock/v1/DowntimeMode.ts';
import type { DowntimePart as _drydock_v1_DowntimePart, DowntimePart__Output as _drydock_v1_DowntimePart__Output } from '../../drydock/v1/DowntimePart.ts';
import type { OnFailure as _drydock_v1_OnFailure, OnFailure__Output as _drydock_v1_OnFailure__Output } from '../../drydock/v1/OnFailure.ts';
import type { ConfigRevision as _drydock_v1_ConfigRevision, ConfigRevision__Output as _drydock_v1_ConfigRevision__Output } from '../../drydock/v1/ConfigRevision.ts';

export interface Downtime {
  'mode'?: (_drydock_v1_DowntimeMode);
  'parts'?: (_drydock_v1_DowntimePart)[];
  'fromRelease'?: (string);
  'toRelease'?: (string);
  'expectVersion'?: (string);
  'onFailure'?: (_drydock_v1_OnFailure);
  'config'?: (_drydock_v1_ConfigRevision | null);
  'restore'?: (string);
  '_restore'?: "restore";
}

export interface Downtime__Output {
  'mode': (_drydock_v1_DowntimeMode__Output);
  'parts': (_drydock_v1_DowntimePart__Output)[];
  'fromRelease': (string);
  'toRelease': (string);
  'expectVersion': (string);
  'onFailure': (_drydock_v1_OnFailure__Output);
  'config': (_drydock_v1_ConfigRevision__Output | null);
  'restore'?: (string);
  '_restore'?: "restore";
}
