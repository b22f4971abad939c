// Original file: proto/drydock/v1/agent_link.proto

import type { InstanceAnnounced as _drydock_v1_InstanceAnnounced, InstanceAnnounced__Output as _drydock_v1_InstanceAnnounced__Output } from '../../drydock/v1/InstanceAnnounced.ts';
import type { Fence as _drydock_v1_Fence, Fence__Output as _drydock_v1_Fence__Output } from '../../drydock/v1/Fence.ts';
import type { OpenOrder as _drydock_v1_OpenOrder, OpenOrder__Output as _drydock_v1_OpenOrder__Output } from '../../drydock/v1/OpenOrder.ts';
import type { GivenOrder as _drydock_v1_GivenOrder, GivenOrder__Output as _drydock_v1_GivenOrder__Output } from '../../drydock/v1/GivenOrder.ts';
import type { Checkpoint as _drydock_v1_Checkpoint, Checkpoint__Output as _drydock_v1_Checkpoint__Output } from '../../drydock/v1/Checkpoint.ts';
import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'protocol'?: (number);
  'agentVersion'?: (string);
  'host'?: (string);
  'bootId'?: (string);
  'arch'?: (string);
  'os'?: (string);
  'instances'?: (_drydock_v1_InstanceAnnounced)[];
  'fences'?: (_drydock_v1_Fence)[];
  'openOrders'?: (_drydock_v1_OpenOrder)[];
  'journalHead'?: (number | string | Long);
  'newestOrders'?: (_drydock_v1_GivenOrder)[];
  'checkpoints'?: (_drydock_v1_Checkpoint)[];
  'keepsCheckpoints'?: (boolean);
}

export interface Hello__Output {
  'protocol': (number);
  'agentVersion': (string);
  'host': (string);
  'bootId': (string);
  'arch': (string);
  'os': (string);
  'instances': (_drydock_v1_InstanceAnnounced__Output)[];
  'fences': (_drydock_v1_Fence__Output)[];
  'openOrders': (_drydock_v1_OpenOrder__Output)[];
  'journalHead': (number);
  'newestOrders': (_drydock_v1_GivenOrder__Output)[];
  'checkpoints': (_drydock_v1_Checkpoint__Output)[];
  'keepsCheckpoints': (boolean);
}
