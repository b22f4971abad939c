// Original file: proto/drydock/v1/types.proto

import type { Space as _drydock_v1_Space, Space__Output as _drydock_v1_Space__Output } from '../../drydock/v1/Space.ts';
import type { Long } from '@grpc/proto-loader';

export interface RestoreNeed {
  'path'?: (string);
  'bytes'?: (number | string | Long);
  'inodes'?: (number | string | Long);
  'room'?: (_drydock_v1_Space | null);
}

export interface RestoreNeed__Output {
  'path': (string);
  'bytes': (number);
  'inodes': (number);
  'room': (_drydock_v1_Space__Output | null);
}
