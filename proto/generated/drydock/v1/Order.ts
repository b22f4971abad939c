// Original file: proto/drydock/v1/agent_link.proto

import type { Target as _drydock_v1_Target, Target__Output as _drydock_v1_Target__Output } from '../../drydock/v1/Target.ts';
import type { Guard as _drydock_v1_Guard, Guard__Output as _drydock_v1_Guard__Output } from '../../drydock/v1/Guard.ts';
import type { Repeat as _drydock_v1_Repeat, Repeat__Output as _drydock_v1_Repeat__Output } from '../../drydock/v1/Repeat.ts';
import type { Observe as _drydock_v1_Observe, Observe__Output as _drydock_v1_Observe__Output } from '../../drydock/v1/Observe.ts';
import type { Await as _drydock_v1_Await, Await__Output as _drydock_v1_Await__Output } from '../../drydock/v1/Await.ts';
import type { Stage as _drydock_v1_Stage, Stage__Output as _drydock_v1_Stage__Output } from '../../drydock/v1/Stage.ts';
import type { Downtime as _drydock_v1_Downtime, Downtime__Output as _drydock_v1_Downtime__Output } from '../../drydock/v1/Downtime.ts';
import type { Act as _drydock_v1_Act, Act__Output as _drydock_v1_Act__Output } from '../../drydock/v1/Act.ts';
import type { Snapshot as _drydock_v1_Snapshot, Snapshot__Output as _drydock_v1_Snapshot__Output } from '../../drydock/v1/Snapshot.ts';
import type { Set as _drydock_v1_Set, Set__Output as _drydock_v1_Set__Output } from '../../drydock/v1/Set.ts';
import type { Unset as _drydock_v1_Unset, Unset__Output as _drydock_v1_Unset__Output } from '../../drydock/v1/Unset.ts';
import type { Giver as _drydock_v1_Giver, Giver__Output as _drydock_v1_Giver__Output } from '../../drydock/v1/Giver.ts';
import type { Long } from '@grpc/proto-loader';

export interface Order {
  'orderId'?: (string);
  'run'?: (string);
  'step'?: (string);
  'attempt'?: (number);
  'cluster'?: (string);
  'epoch'?: (number | string | Long);
  'writer'?: (string);
  'target'?: (_drydock_v1_Target | null);
  'guards'?: (_drydock_v1_Guard)[];
  'deadlineMs'?: (number | string | Long);
  'repeat'?: (_drydock_v1_Repeat);
  'observe'?: (_drydock_v1_Observe | null);
  'await'?: (_drydock_v1_Await | null);
  'stage'?: (_drydock_v1_Stage | null);
  'downtime'?: (_drydock_v1_Downtime | null);
  'act'?: (_drydock_v1_Act | null);
  'snapshot'?: (_drydock_v1_Snapshot | null);
  'set'?: (_drydock_v1_Set | null);
  'unset'?: (_drydock_v1_Unset | null);
  'given'?: (_drydock_v1_Giver | null);
  'body'?: "observe"|"await"|"stage"|"downtime"|"act"|"snapshot"|"set"|"unset";
}

export interface Order__Output {
  'orderId': (string);
  'run': (string);
  'step': (string);
  'attempt': (number);
  'cluster': (string);
  'epoch': (number);
  'writer': (string);
  'target': (_drydock_v1_Target__Output | null);
  'guards': (_drydock_v1_Guard__Output)[];
  'deadlineMs': (number);
  'repeat': (_drydock_v1_Repeat__Output);
  'observe'?: (_drydock_v1_Observe__Output | null);
  'await'?: (_drydock_v1_Await__Output | null);
  'stage'?: (_drydock_v1_Stage__Output | null);
  'downtime'?: (_drydock_v1_Downtime__Output | null);
  'act'?: (_drydock_v1_Act__Output | null);
  'snapshot'?: (_drydock_v1_Snapshot__Output | null);
  'set'?: (_drydock_v1_Set__Output | null);
  'unset'?: (_drydock_v1_Unset__Output | null);
  'given': (_drydock_v1_Giver__Output | null);
  'body'?: "observe"|"await"|"stage"|"downtime"|"act"|"snapshot"|"set"|"unset";
}
