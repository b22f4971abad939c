// Original file: proto/drydock/v1/agent_link.proto

import type { NodeFacts as _drydock_v1_NodeFacts, NodeFacts__Output as _drydock_v1_NodeFacts__Output } from '../../drydock/v1/NodeFacts.ts';

export interface FactsSeen {
  'facts'?: (_drydock_v1_NodeFacts | null);
}

export interface FactsSeen__Output {
  'facts': (_drydock_v1_NodeFacts__Output | null);
}
