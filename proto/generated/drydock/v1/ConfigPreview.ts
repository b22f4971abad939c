// Original file: proto/drydock/v1/types.proto

import type { ConfigMissing as _drydock_v1_ConfigMissing, ConfigMissing__Output as _drydock_v1_ConfigMissing__Output } from '../../drydock/v1/ConfigMissing.ts';

export interface ConfigPreview {
  'file'?: (string);
  'fromDigest'?: (string);
  'toDigest'?: (string);
  'lines'?: (string)[];
  'restartKeys'?: (string)[];
  'problems'?: (string)[];
  'warnings'?: (string)[];
  'missing'?: (_drydock_v1_ConfigMissing | null);
}

export interface ConfigPreview__Output {
  'file': (string);
  'fromDigest': (string);
  'toDigest': (string);
  'lines': (string)[];
  'restartKeys': (string)[];
  'problems': (string)[];
  'warnings': (string)[];
  'missing': (_drydock_v1_ConfigMissing__Output | null);
}
