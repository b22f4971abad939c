// Original file: proto/drydock/v1/operator.proto

import type { ArtifactDescription as _drydock_v1_ArtifactDescription, ArtifactDescription__Output as _drydock_v1_ArtifactDescription__Output } from '../../drydock/v1/ArtifactDescription.ts';

export interface ReleaseDescription {
  'engine'?: (string);
  'version'?: (string);
  'arch'?: (string);
  'artifacts'?: (_drydock_v1_ArtifactDescription)[];
}

export interface ReleaseDescription__Output {
  'engine': (string);
  'version': (string);
  'arch': (string);
  'artifacts': (_drydock_v1_ArtifactDescription__Output)[];
}
