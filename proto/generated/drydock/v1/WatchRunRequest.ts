// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchRunRequest {
  'runId'?: (string);
  'afterSeq'?: (number | string | Long);
}

export interface WatchRunRequest__Output {
  'runId': (string);
  'afterSeq': (number);
}
