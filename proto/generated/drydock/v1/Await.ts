// Original file: proto/drydock/v1/agent_link.proto

import type { Viewpoint as _drydock_v1_Viewpoint, Viewpoint__Output as _drydock_v1_Viewpoint__Output } from '../../drydock/v1/Viewpoint.ts';
import type { Long } from '@grpc/proto-loader';

export interface Await {
  'condition'?: (string);
  'member'?: (string);
  'steadyMs'?: (number | string | Long);
  'viewpoint'?: (_drydock_v1_Viewpoint);
  '_member'?: "member";
}

export interface Await__Output {
  'condition': (string);
  'member'?: (string);
  'steadyMs': (number);
  'viewpoint': (_drydock_v1_Viewpoint__Output);
  '_member'?: "member";
}
