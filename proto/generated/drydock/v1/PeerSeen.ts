// Original file: proto/drydock/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerSeen {
  'member'?: (string);
  'healthy'?: (boolean);
  'state'?: (string);
  'lagBytes'?: (number | string | Long);
  '_lagBytes'?: "lagBytes";
}

export interface PeerSeen__Output {
  'member': (string);
  'healthy': (boolean);
  'state': (string);
  'lagBytes'?: (number);
  '_lagBytes'?: "lagBytes";
}
