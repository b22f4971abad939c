import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ArtifactsClient as _drydock_v1_ArtifactsClient, ArtifactsDefinition as _drydock_v1_ArtifactsDefinition } from './drydock/v1/Artifacts.ts';
import type { ReadRequest as _drydock_v1_ReadRequest, ReadRequest__Output as _drydock_v1_ReadRequest__Output } from './drydock/v1/ReadRequest.ts';
import type { ReadResponse as _drydock_v1_ReadResponse, ReadResponse__Output as _drydock_v1_ReadResponse__Output } from './drydock/v1/ReadResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drydock: {
    v1: {
      Artifacts: SubtypeConstructor<typeof grpc.Client, _drydock_v1_ArtifactsClient> & { service: _drydock_v1_ArtifactsDefinition }
      ReadRequest: MessageTypeDefinition<_drydock_v1_ReadRequest, _drydock_v1_ReadRequest__Output>
      ReadResponse: MessageTypeDefinition<_drydock_v1_ReadResponse, _drydock_v1_ReadResponse__Output>
    }
  }
}

