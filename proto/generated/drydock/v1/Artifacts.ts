// Original file: proto/drydock/v1/artifacts.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ReadRequest as _drydock_v1_ReadRequest, ReadRequest__Output as _drydock_v1_ReadRequest__Output } from '../../drydock/v1/ReadRequest.ts';
import type { ReadResponse as _drydock_v1_ReadResponse, ReadResponse__Output as _drydock_v1_ReadResponse__Output } from '../../drydock/v1/ReadResponse.ts';

export interface ArtifactsClient extends grpc.Client {
  Read(argument: _drydock_v1_ReadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadResponse__Output>;
  Read(argument: _drydock_v1_ReadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadResponse__Output>;
  read(argument: _drydock_v1_ReadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadResponse__Output>;
  read(argument: _drydock_v1_ReadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadResponse__Output>;
  
}

export interface ArtifactsHandlers extends grpc.UntypedServiceImplementation {
  Read: grpc.handleServerStreamingCall<_drydock_v1_ReadRequest__Output, _drydock_v1_ReadResponse>;
  
}

export interface ArtifactsDefinition extends grpc.ServiceDefinition {
  Read: MethodDefinition<_drydock_v1_ReadRequest, _drydock_v1_ReadResponse, _drydock_v1_ReadRequest__Output, _drydock_v1_ReadResponse__Output>
}
