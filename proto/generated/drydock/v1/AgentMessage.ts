// Original file: proto/drydock/v1/agent_link.proto

import type { Hello as _drydock_v1_Hello, Hello__Output as _drydock_v1_Hello__Output } from '../../drydock/v1/Hello.ts';
import type { Beat as _drydock_v1_Beat, Beat__Output as _drydock_v1_Beat__Output } from '../../drydock/v1/Beat.ts';
import type { FactsSeen as _drydock_v1_FactsSeen, FactsSeen__Output as _drydock_v1_FactsSeen__Output } from '../../drydock/v1/FactsSeen.ts';
import type { Ack as _drydock_v1_Ack, Ack__Output as _drydock_v1_Ack__Output } from '../../drydock/v1/Ack.ts';
import type { Progress as _drydock_v1_Progress, Progress__Output as _drydock_v1_Progress__Output } from '../../drydock/v1/Progress.ts';
import type { Report as _drydock_v1_Report, Report__Output as _drydock_v1_Report__Output } from '../../drydock/v1/Report.ts';
import type { Intervention as _drydock_v1_Intervention, Intervention__Output as _drydock_v1_Intervention__Output } from '../../drydock/v1/Intervention.ts';
import type { Recalled as _drydock_v1_Recalled, Recalled__Output as _drydock_v1_Recalled__Output } from '../../drydock/v1/Recalled.ts';
import type { SnapshotRemoved as _drydock_v1_SnapshotRemoved, SnapshotRemoved__Output as _drydock_v1_SnapshotRemoved__Output } from '../../drydock/v1/SnapshotRemoved.ts';

export interface AgentMessage {
  'hello'?: (_drydock_v1_Hello | null);
  'beat'?: (_drydock_v1_Beat | null);
  'facts'?: (_drydock_v1_FactsSeen | null);
  'ack'?: (_drydock_v1_Ack | null);
  'progress'?: (_drydock_v1_Progress | null);
  'report'?: (_drydock_v1_Report | null);
  'intervention'?: (_drydock_v1_Intervention | null);
  'recalled'?: (_drydock_v1_Recalled | null);
  'snapshotRemoved'?: (_drydock_v1_SnapshotRemoved | null);
  'body'?: "hello"|"beat"|"facts"|"ack"|"progress"|"report"|"intervention"|"recalled"|"snapshotRemoved";
}

export interface AgentMessage__Output {
  'hello'?: (_drydock_v1_Hello__Output | null);
  'beat'?: (_drydock_v1_Beat__Output | null);
  'facts'?: (_drydock_v1_FactsSeen__Output | null);
  'ack'?: (_drydock_v1_Ack__Output | null);
  'progress'?: (_drydock_v1_Progress__Output | null);
  'report'?: (_drydock_v1_Report__Output | null);
  'intervention'?: (_drydock_v1_Intervention__Output | null);
  'recalled'?: (_drydock_v1_Recalled__Output | null);
  'snapshotRemoved'?: (_drydock_v1_SnapshotRemoved__Output | null);
  'body'?: "hello"|"beat"|"facts"|"ack"|"progress"|"report"|"intervention"|"recalled"|"snapshotRemoved";
}
