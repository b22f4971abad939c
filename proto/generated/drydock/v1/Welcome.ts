// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'controllerVersion'?: (string);
  'writer'?: (string);
  'beatMs'?: (number | string | Long);
}

export interface Welcome__Output {
  'controllerVersion': (string);
  'writer': (string);
  'beatMs': (number);
}
