// Original file: proto/drydock/v1/agent_link.proto

import type { Outcome as _drydock_v1_Outcome, Outcome__Output as _drydock_v1_Outcome__Output } from '../../drydock/v1/Outcome.ts';
import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from '../../drydock/v1/Failure.ts';
import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from '../../drydock/v1/Incarnation.ts';
import type { PartDuration as _drydock_v1_PartDuration, PartDuration__Output as _drydock_v1_PartDuration__Output } from '../../drydock/v1/PartDuration.ts';
import type { Finding as _drydock_v1_Finding, Finding__Output as _drydock_v1_Finding__Output } from '../../drydock/v1/Finding.ts';
import type { NodeFacts as _drydock_v1_NodeFacts, NodeFacts__Output as _drydock_v1_NodeFacts__Output } from '../../drydock/v1/NodeFacts.ts';
import type { Effect as _drydock_v1_Effect, Effect__Output as _drydock_v1_Effect__Output } from '../../drydock/v1/Effect.ts';

export interface Receipt {
  'orderId'?: (string);
  'outcome'?: (_drydock_v1_Outcome);
  'failure'?: (_drydock_v1_Failure | null);
  'before'?: (_drydock_v1_Incarnation | null);
  'after'?: (_drydock_v1_Incarnation | null);
  'elapsedMs'?: (number | string);
  'parts'?: (_drydock_v1_PartDuration)[];
  'downtimeMs'?: (number | string);
  'reverted'?: (boolean);
  'findings'?: (_drydock_v1_Finding)[];
  'facts'?: (_drydock_v1_NodeFacts | null);
  'effects'?: (_drydock_v1_Effect)[];
  'engineMs'?: (number | string);
  'token'?: (string);
  '_downtimeMs'?: "downtimeMs";
  '_token'?: "token";
}

export interface Receipt__Output {
  'orderId': (string);
  'outcome': (_drydock_v1_Outcome__Output);
  'failure': (_drydock_v1_Failure__Output | null);
  'before': (_drydock_v1_Incarnation__Output | null);
  'after': (_drydock_v1_Incarnation__Output | null);
  'elapsedMs': (number);
  'parts': (_drydock_v1_PartDuration__Output)[];
  'downtimeMs'?: (number);
  'reverted': (boolean);
  'findings': (_drydock_v1_Finding__Output)[];
  'facts': (_drydock_v1_NodeFacts__Output | null);
  'effects': (_drydock_v1_Effect__Output)[];
  'engineMs': (number);
  'token'?: (string);
  '_downtimeMs'?: "downtimeMs";
  '_token'?: "token";
}
