// Original file: proto/drydock/v1/agent_link.proto

import type { Long } from '@grpc/proto-loader';

export interface Beat {
  'journalHead'?: (number | string | Long);
}

export interface Beat__Output {
  'journalHead': (number);
}
