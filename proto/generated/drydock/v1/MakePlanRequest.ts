// Original file: proto/drydock/v1/operator.proto

import type { ConfigEdit as _drydock_v1_ConfigEdit, ConfigEdit__Output as _drydock_v1_ConfigEdit__Output } from '../../drydock/v1/ConfigEdit.ts';
import type { Long } from '@grpc/proto-loader';

export interface MakePlanRequest {
  'cluster'?: (string);
  'toVersion'?: (string);
  'canary'?: (number);
  'settleMs'?: (number | string | Long);
  'soakMs'?: (number | string | Long);
  'downgrade'?: (boolean);
  'primary'?: (string);
  'config'?: (_drydock_v1_ConfigEdit)[];
  'restart'?: (boolean);
  'snapshot'?: (string);
  'snapshotKeepMs'?: (number | string | Long);
  'restoreRun'?: (string);
  'restoreInstance'?: (string);
  'again'?: (boolean);
  'approval'?: (string);
  'traits'?: ({[key: string]: string});
  'finalize'?: (string);
  'finalizeWithinMs'?: (number | string | Long);
  'configOptional'?: (boolean);
  'via'?: (string)[];
  '_canary'?: "canary";
  '_settleMs'?: "settleMs";
  '_soakMs'?: "soakMs";
  '_snapshotKeepMs'?: "snapshotKeepMs";
  '_finalizeWithinMs'?: "finalizeWithinMs";
}

export interface MakePlanRequest__Output {
  'cluster': (string);
  'toVersion': (string);
  'canary'?: (number);
  'settleMs'?: (number);
  'soakMs'?: (number);
  'downgrade': (boolean);
  'primary': (string);
  'config': (_drydock_v1_ConfigEdit__Output)[];
  'restart': (boolean);
  'snapshot': (string);
  'snapshotKeepMs'?: (number);
  'restoreRun': (string);
  'restoreInstance': (string);
  'again': (boolean);
  'approval': (string);
  'traits': ({[key: string]: string});
  'finalize': (string);
  'finalizeWithinMs'?: (number);
  'configOptional': (boolean);
  'via': (string)[];
  '_canary'?: "canary";
  '_settleMs'?: "settleMs";
  '_soakMs'?: "soakMs";
  '_snapshotKeepMs'?: "snapshotKeepMs";
  '_finalizeWithinMs'?: "finalizeWithinMs";
}
