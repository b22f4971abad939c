// Original file: proto/drydock/v1/agent_link.proto

import type { Target as _drydock_v1_Target, Target__Output as _drydock_v1_Target__Output } from '../../drydock/v1/Target.ts';
import type { Guard as _drydock_v1_Guard, Guard__Output as _drydock_v1_Guard__Output } from '../../drydock/v1/Guard.ts';
import type { Repeat as _drydock_v1_Repeat, Repeat__Output as _drydock_v1_Repeat__Output } from '../../drydock/v1/Repeat.ts';
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
  'given'?: (_drydock_v1_Giver | null);
  'bodyJson'?: (string);
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
  'given': (_drydock_v1_Giver__Output | null);
  'bodyJson': (string);
}
