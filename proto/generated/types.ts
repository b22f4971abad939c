import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ConfigMissing as _drydock_v1_ConfigMissing, ConfigMissing__Output as _drydock_v1_ConfigMissing__Output } from './drydock/v1/ConfigMissing.ts';
import type { ConfigPreview as _drydock_v1_ConfigPreview, ConfigPreview__Output as _drydock_v1_ConfigPreview__Output } from './drydock/v1/ConfigPreview.ts';
import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from './drydock/v1/Document.ts';
import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from './drydock/v1/Failure.ts';
import type { Finding as _drydock_v1_Finding, Finding__Output as _drydock_v1_Finding__Output } from './drydock/v1/Finding.ts';
import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from './drydock/v1/Incarnation.ts';
import type { NodeFacts as _drydock_v1_NodeFacts, NodeFacts__Output as _drydock_v1_NodeFacts__Output } from './drydock/v1/NodeFacts.ts';
import type { PeerSeen as _drydock_v1_PeerSeen, PeerSeen__Output as _drydock_v1_PeerSeen__Output } from './drydock/v1/PeerSeen.ts';
import type { RestoreNeed as _drydock_v1_RestoreNeed, RestoreNeed__Output as _drydock_v1_RestoreNeed__Output } from './drydock/v1/RestoreNeed.ts';
import type { SnapshotNeed as _drydock_v1_SnapshotNeed, SnapshotNeed__Output as _drydock_v1_SnapshotNeed__Output } from './drydock/v1/SnapshotNeed.ts';
import type { SnapshotSeen as _drydock_v1_SnapshotSeen, SnapshotSeen__Output as _drydock_v1_SnapshotSeen__Output } from './drydock/v1/SnapshotSeen.ts';
import type { Space as _drydock_v1_Space, Space__Output as _drydock_v1_Space__Output } from './drydock/v1/Space.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drydock: {
    v1: {
      Answer: EnumTypeDefinition
      ConfigMissing: MessageTypeDefinition<_drydock_v1_ConfigMissing, _drydock_v1_ConfigMissing__Output>
      ConfigPreview: MessageTypeDefinition<_drydock_v1_ConfigPreview, _drydock_v1_ConfigPreview__Output>
      Document: MessageTypeDefinition<_drydock_v1_Document, _drydock_v1_Document__Output>
      Failure: MessageTypeDefinition<_drydock_v1_Failure, _drydock_v1_Failure__Output>
      Finding: MessageTypeDefinition<_drydock_v1_Finding, _drydock_v1_Finding__Output>
      Incarnation: MessageTypeDefinition<_drydock_v1_Incarnation, _drydock_v1_Incarnation__Output>
      NodeFacts: MessageTypeDefinition<_drydock_v1_NodeFacts, _drydock_v1_NodeFacts__Output>
      PeerSeen: MessageTypeDefinition<_drydock_v1_PeerSeen, _drydock_v1_PeerSeen__Output>
      RestoreNeed: MessageTypeDefinition<_drydock_v1_RestoreNeed, _drydock_v1_RestoreNeed__Output>
      SnapshotNeed: MessageTypeDefinition<_drydock_v1_SnapshotNeed, _drydock_v1_SnapshotNeed__Output>
      SnapshotSeen: MessageTypeDefinition<_drydock_v1_SnapshotSeen, _drydock_v1_SnapshotSeen__Output>
      Space: MessageTypeDefinition<_drydock_v1_Space, _drydock_v1_Space__Output>
    }
  }
}

