// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface SnapshotNeed {
  'bytes'?: (number | string | Long);
  'inodes'?: (number | string | Long);
  'reflink'?: (boolean);
  'keptBytesPerS'?: (number | string | Long);
}

export interface SnapshotNeed__Output {
  'bytes': (number);
  'inodes': (number);
  'reflink': (boolean);
  'keptBytesPerS': (number);
}
