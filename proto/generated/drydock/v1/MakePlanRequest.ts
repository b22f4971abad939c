// Original file: proto/drydock/v1/operator.proto

import type { Long } from '@grpc/proto-loader';

export interface MakePlanRequest {
  'cluster'?: (string);
  'toVersion'?: (string);
  'canary'?: (number);
  'settleMs'?: (number | string | Long);
  'soakMs'?: (number | string | Long);
  'downgrade'?: (boolean);
  '_canary'?: "canary";
  '_settleMs'?: "settleMs";
  '_soakMs'?: "soakMs";
}

export interface MakePlanRequest__Output {
  'cluster': (string);
  'toVersion': (string);
  'canary'?: (number);
  'settleMs'?: (number);
  'soakMs'?: (number);
  'downgrade': (boolean);
  '_canary'?: "canary";
  '_settleMs'?: "settleMs";
  '_soakMs'?: "soakMs";
}
