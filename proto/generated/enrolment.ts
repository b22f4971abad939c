import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { EnrollRequest as _drydock_v1_EnrollRequest, EnrollRequest__Output as _drydock_v1_EnrollRequest__Output } from './drydock/v1/EnrollRequest.ts';
import type { EnrollResponse as _drydock_v1_EnrollResponse, EnrollResponse__Output as _drydock_v1_EnrollResponse__Output } from './drydock/v1/EnrollResponse.ts';
import type { EnrolmentClient as _drydock_v1_EnrolmentClient, EnrolmentDefinition as _drydock_v1_EnrolmentDefinition } from './drydock/v1/Enrolment.ts';
import type { GetRootsRequest as _drydock_v1_GetRootsRequest, GetRootsRequest__Output as _drydock_v1_GetRootsRequest__Output } from './drydock/v1/GetRootsRequest.ts';
import type { GetRootsResponse as _drydock_v1_GetRootsResponse, GetRootsResponse__Output as _drydock_v1_GetRootsResponse__Output } from './drydock/v1/GetRootsResponse.ts';
import type { RenewRequest as _drydock_v1_RenewRequest, RenewRequest__Output as _drydock_v1_RenewRequest__Output } from './drydock/v1/RenewRequest.ts';
import type { RenewResponse as _drydock_v1_RenewResponse, RenewResponse__Output as _drydock_v1_RenewResponse__Output } from './drydock/v1/RenewResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drydock: {
    v1: {
      EnrollRequest: MessageTypeDefinition<_drydock_v1_EnrollRequest, _drydock_v1_EnrollRequest__Output>
      EnrollResponse: MessageTypeDefinition<_drydock_v1_EnrollResponse, _drydock_v1_EnrollResponse__Output>
      Enrolment: SubtypeConstructor<typeof grpc.Client, _drydock_v1_EnrolmentClient> & { service: _drydock_v1_EnrolmentDefinition }
      GetRootsRequest: MessageTypeDefinition<_drydock_v1_GetRootsRequest, _drydock_v1_GetRootsRequest__Output>
      GetRootsResponse: MessageTypeDefinition<_drydock_v1_GetRootsResponse, _drydock_v1_GetRootsResponse__Output>
      RenewRequest: MessageTypeDefinition<_drydock_v1_RenewRequest, _drydock_v1_RenewRequest__Output>
      RenewResponse: MessageTypeDefinition<_drydock_v1_RenewResponse, _drydock_v1_RenewResponse__Output>
    }
  }
}

