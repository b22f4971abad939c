// Original file: proto/drydock/v1/enrolment.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { EnrollRequest as _drydock_v1_EnrollRequest, EnrollRequest__Output as _drydock_v1_EnrollRequest__Output } from '../../drydock/v1/EnrollRequest.ts';
import type { EnrollResponse as _drydock_v1_EnrollResponse, EnrollResponse__Output as _drydock_v1_EnrollResponse__Output } from '../../drydock/v1/EnrollResponse.ts';
import type { GetRootsRequest as _drydock_v1_GetRootsRequest, GetRootsRequest__Output as _drydock_v1_GetRootsRequest__Output } from '../../drydock/v1/GetRootsRequest.ts';
import type { GetRootsResponse as _drydock_v1_GetRootsResponse, GetRootsResponse__Output as _drydock_v1_GetRootsResponse__Output } from '../../drydock/v1/GetRootsResponse.ts';
import type { RenewRequest as _drydock_v1_RenewRequest, RenewRequest__Output as _drydock_v1_RenewRequest__Output } from '../../drydock/v1/RenewRequest.ts';
import type { RenewResponse as _drydock_v1_RenewResponse, RenewResponse__Output as _drydock_v1_RenewResponse__Output } from '../../drydock/v1/RenewResponse.ts';

export interface EnrolmentClient extends grpc.Client {
  Enroll(argument: _drydock_v1_EnrollRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  Enroll(argument: _drydock_v1_EnrollRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  Enroll(argument: _drydock_v1_EnrollRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  Enroll(argument: _drydock_v1_EnrollRequest, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  enroll(argument: _drydock_v1_EnrollRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  enroll(argument: _drydock_v1_EnrollRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  enroll(argument: _drydock_v1_EnrollRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  enroll(argument: _drydock_v1_EnrollRequest, callback: grpc.requestCallback<_drydock_v1_EnrollResponse__Output>): grpc.ClientUnaryCall;
  
  GetRoots(argument: _drydock_v1_GetRootsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  GetRoots(argument: _drydock_v1_GetRootsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  GetRoots(argument: _drydock_v1_GetRootsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  GetRoots(argument: _drydock_v1_GetRootsRequest, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  getRoots(argument: _drydock_v1_GetRootsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  getRoots(argument: _drydock_v1_GetRootsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  getRoots(argument: _drydock_v1_GetRootsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  getRoots(argument: _drydock_v1_GetRootsRequest, callback: grpc.requestCallback<_drydock_v1_GetRootsResponse__Output>): grpc.ClientUnaryCall;
  
  Renew(argument: _drydock_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _drydock_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _drydock_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _drydock_v1_RenewRequest, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _drydock_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _drydock_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _drydock_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _drydock_v1_RenewRequest, callback: grpc.requestCallback<_drydock_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface EnrolmentHandlers extends grpc.UntypedServiceImplementation {
  Enroll: grpc.handleUnaryCall<_drydock_v1_EnrollRequest__Output, _drydock_v1_EnrollResponse>;
  
  GetRoots: grpc.handleUnaryCall<_drydock_v1_GetRootsRequest__Output, _drydock_v1_GetRootsResponse>;
  
  Renew: grpc.handleUnaryCall<_drydock_v1_RenewRequest__Output, _drydock_v1_RenewResponse>;
  
}

export interface EnrolmentDefinition extends grpc.ServiceDefinition {
  Enroll: MethodDefinition<_drydock_v1_EnrollRequest, _drydock_v1_EnrollResponse, _drydock_v1_EnrollRequest__Output, _drydock_v1_EnrollResponse__Output>
  GetRoots: MethodDefinition<_drydock_v1_GetRootsRequest, _drydock_v1_GetRootsResponse, _drydock_v1_GetRootsRequest__Output, _drydock_v1_GetRootsResponse__Output>
  Renew: MethodDefinition<_drydock_v1_RenewRequest, _drydock_v1_RenewResponse, _drydock_v1_RenewRequest__Output, _drydock_v1_RenewResponse__Output>
}
