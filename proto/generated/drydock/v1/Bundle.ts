// Original file: proto/drydock/v1/types.proto

import type { Artifact as _drydock_v1_Artifact, Artifact__Output as _drydock_v1_Artifact__Output } from '../../drydock/v1/Artifact.ts';

export interface Bundle {
  'engine'?: (string);
  'version'?: (string);
  'arch'?: (string);
  'artifacts'?: (_drydock_v1_Artifact)[];
  'release'?: (string);
}

export interface Bundle__Output {
  'engine': (string);
  'version': (string);
  'arch': (string);
  'artifacts': (_drydock_v1_Artifact__Output)[];
  'release': (string);
}
