// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotSeen {
  'id'?: (string);
  'madeAtMs'?: (number | string | Long);
  'expiresAtMs'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'version'?: (string);
  'role'?: (string);
  'verified'?: (string);
  'position'?: (string);
  'run'?: (string);
  'hop'?: (string);
}

export interface SnapshotSeen__Output {
  'id': (string);
  'madeAtMs': (number);
  'expiresAtMs': (number);
  'bytes': (number);
  'version': (string);
  'role': (string);
  'verified': (string);
  'position': (string);
  'run': (string);
  'hop': (string);
}
