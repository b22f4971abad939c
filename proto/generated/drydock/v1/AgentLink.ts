// Original file: proto/drydock/v1/agent_link.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentMessage as _drydock_v1_AgentMessage, AgentMessage__Output as _drydock_v1_AgentMessage__Output } from '../../drydock/v1/AgentMessage.ts';
import type { ControllerMessage as _drydock_v1_ControllerMessage, ControllerMessage__Output as _drydock_v1_ControllerMessage__Output } from '../../drydock/v1/ControllerMessage.ts';

export interface AgentLinkClient extends grpc.Client {
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_drydock_v1_AgentMessage, _drydock_v1_ControllerMessage__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_drydock_v1_AgentMessage, _drydock_v1_ControllerMessage__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_drydock_v1_AgentMessage, _drydock_v1_ControllerMessage__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_drydock_v1_AgentMessage, _drydock_v1_ControllerMessage__Output>;
  
}

export interface AgentLinkHandlers extends grpc.UntypedServiceImplementation {
  Connect: grpc.handleBidiStreamingCall<_drydock_v1_AgentMessage__Output, _drydock_v1_ControllerMessage>;
  
}

export interface AgentLinkDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_drydock_v1_AgentMessage, _drydock_v1_ControllerMessage, _drydock_v1_AgentMessage__Output, _drydock_v1_ControllerMessage__Output>
}
