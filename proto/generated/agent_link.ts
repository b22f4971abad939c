import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Ack as _drydock_v1_Ack, Ack__Output as _drydock_v1_Ack__Output } from './drydock/v1/Ack.ts';
import type { AgentLinkClient as _drydock_v1_AgentLinkClient, AgentLinkDefinition as _drydock_v1_AgentLinkDefinition } from './drydock/v1/AgentLink.ts';
import type { AgentMessage as _drydock_v1_AgentMessage, AgentMessage__Output as _drydock_v1_AgentMessage__Output } from './drydock/v1/AgentMessage.ts';
import type { Anchor as _drydock_v1_Anchor, Anchor__Output as _drydock_v1_Anchor__Output } from './drydock/v1/Anchor.ts';
import type { Beat as _drydock_v1_Beat, Beat__Output as _drydock_v1_Beat__Output } from './drydock/v1/Beat.ts';
import type { Cancel as _drydock_v1_Cancel, Cancel__Output as _drydock_v1_Cancel__Output } from './drydock/v1/Cancel.ts';
import type { Checkpoint as _drydock_v1_Checkpoint, Checkpoint__Output as _drydock_v1_Checkpoint__Output } from './drydock/v1/Checkpoint.ts';
import type { ConfigMissing as _drydock_v1_ConfigMissing, ConfigMissing__Output as _drydock_v1_ConfigMissing__Output } from './drydock/v1/ConfigMissing.ts';
import type { ConfigPreview as _drydock_v1_ConfigPreview, ConfigPreview__Output as _drydock_v1_ConfigPreview__Output } from './drydock/v1/ConfigPreview.ts';
import type { ControllerMessage as _drydock_v1_ControllerMessage, ControllerMessage__Output as _drydock_v1_ControllerMessage__Output } from './drydock/v1/ControllerMessage.ts';
import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from './drydock/v1/Document.ts';
import type { Effect as _drydock_v1_Effect, Effect__Output as _drydock_v1_Effect__Output } from './drydock/v1/Effect.ts';
import type { FactsSeen as _drydock_v1_FactsSeen, FactsSeen__Output as _drydock_v1_FactsSeen__Output } from './drydock/v1/FactsSeen.ts';
import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from './drydock/v1/Failure.ts';
import type { Fence as _drydock_v1_Fence, Fence__Output as _drydock_v1_Fence__Output } from './drydock/v1/Fence.ts';
import type { Finding as _drydock_v1_Finding, Finding__Output as _drydock_v1_Finding__Output } from './drydock/v1/Finding.ts';
import type { GivenOrder as _drydock_v1_GivenOrder, GivenOrder__Output as _drydock_v1_GivenOrder__Output } from './drydock/v1/GivenOrder.ts';
import type { Giver as _drydock_v1_Giver, Giver__Output as _drydock_v1_Giver__Output } from './drydock/v1/Giver.ts';
import type { Goodbye as _drydock_v1_Goodbye, Goodbye__Output as _drydock_v1_Goodbye__Output } from './drydock/v1/Goodbye.ts';
import type { Guard as _drydock_v1_Guard, Guard__Output as _drydock_v1_Guard__Output } from './drydock/v1/Guard.ts';
import type { Hello as _drydock_v1_Hello, Hello__Output as _drydock_v1_Hello__Output } from './drydock/v1/Hello.ts';
import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from './drydock/v1/Incarnation.ts';
import type { InstanceAnnounced as _drydock_v1_InstanceAnnounced, InstanceAnnounced__Output as _drydock_v1_InstanceAnnounced__Output } from './drydock/v1/InstanceAnnounced.ts';
import type { Intervention as _drydock_v1_Intervention, Intervention__Output as _drydock_v1_Intervention__Output } from './drydock/v1/Intervention.ts';
import type { NodeFacts as _drydock_v1_NodeFacts, NodeFacts__Output as _drydock_v1_NodeFacts__Output } from './drydock/v1/NodeFacts.ts';
import type { OpenOrder as _drydock_v1_OpenOrder, OpenOrder__Output as _drydock_v1_OpenOrder__Output } from './drydock/v1/OpenOrder.ts';
import type { Order as _drydock_v1_Order, Order__Output as _drydock_v1_Order__Output } from './drydock/v1/Order.ts';
import type { PartDuration as _drydock_v1_PartDuration, PartDuration__Output as _drydock_v1_PartDuration__Output } from './drydock/v1/PartDuration.ts';
import type { PeerSeen as _drydock_v1_PeerSeen, PeerSeen__Output as _drydock_v1_PeerSeen__Output } from './drydock/v1/PeerSeen.ts';
import type { Progress as _drydock_v1_Progress, Progress__Output as _drydock_v1_Progress__Output } from './drydock/v1/Progress.ts';
import type { Recall as _drydock_v1_Recall, Recall__Output as _drydock_v1_Recall__Output } from './drydock/v1/Recall.ts';
import type { Recalled as _drydock_v1_Recalled, Recalled__Output as _drydock_v1_Recalled__Output } from './drydock/v1/Recalled.ts';
import type { RecalledOrder as _drydock_v1_RecalledOrder, RecalledOrder__Output as _drydock_v1_RecalledOrder__Output } from './drydock/v1/RecalledOrder.ts';
import type { Receipt as _drydock_v1_Receipt, Receipt__Output as _drydock_v1_Receipt__Output } from './drydock/v1/Receipt.ts';
import type { RemoveSnapshot as _drydock_v1_RemoveSnapshot, RemoveSnapshot__Output as _drydock_v1_RemoveSnapshot__Output } from './drydock/v1/RemoveSnapshot.ts';
import type { Report as _drydock_v1_Report, Report__Output as _drydock_v1_Report__Output } from './drydock/v1/Report.ts';
import type { ReportAck as _drydock_v1_ReportAck, ReportAck__Output as _drydock_v1_ReportAck__Output } from './drydock/v1/ReportAck.ts';
import type { RestoreNeed as _drydock_v1_RestoreNeed, RestoreNeed__Output as _drydock_v1_RestoreNeed__Output } from './drydock/v1/RestoreNeed.ts';
import type { SnapshotNeed as _drydock_v1_SnapshotNeed, SnapshotNeed__Output as _drydock_v1_SnapshotNeed__Output } from './drydock/v1/SnapshotNeed.ts';
import type { SnapshotRemoved as _drydock_v1_SnapshotRemoved, SnapshotRemoved__Output as _drydock_v1_SnapshotRemoved__Output } from './drydock/v1/SnapshotRemoved.ts';
import type { SnapshotSeen as _drydock_v1_SnapshotSeen, SnapshotSeen__Output as _drydock_v1_SnapshotSeen__Output } from './drydock/v1/SnapshotSeen.ts';
import type { Space as _drydock_v1_Space, Space__Output as _drydock_v1_Space__Output } from './drydock/v1/Space.ts';
import type { Target as _drydock_v1_Target, Target__Output as _drydock_v1_Target__Output } from './drydock/v1/Target.ts';
import type { Welcome as _drydock_v1_Welcome, Welcome__Output as _drydock_v1_Welcome__Output } from './drydock/v1/Welcome.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drydock: {
    v1: {
      Ack: MessageTypeDefinition<_drydock_v1_Ack, _drydock_v1_Ack__Output>
      AgentLink: SubtypeConstructor<typeof grpc.Client, _drydock_v1_AgentLinkClient> & { service: _drydock_v1_AgentLinkDefinition }
      AgentMessage: MessageTypeDefinition<_drydock_v1_AgentMessage, _drydock_v1_AgentMessage__Output>
      Anchor: MessageTypeDefinition<_drydock_v1_Anchor, _drydock_v1_Anchor__Output>
      Answer: EnumTypeDefinition
      Beat: MessageTypeDefinition<_drydock_v1_Beat, _drydock_v1_Beat__Output>
      Cancel: MessageTypeDefinition<_drydock_v1_Cancel, _drydock_v1_Cancel__Output>
      Checkpoint: MessageTypeDefinition<_drydock_v1_Checkpoint, _drydock_v1_Checkpoint__Output>
      ConfigMissing: MessageTypeDefinition<_drydock_v1_ConfigMissing, _drydock_v1_ConfigMissing__Output>
      ConfigPreview: MessageTypeDefinition<_drydock_v1_ConfigPreview, _drydock_v1_ConfigPreview__Output>
      ControllerMessage: MessageTypeDefinition<_drydock_v1_ControllerMessage, _drydock_v1_ControllerMessage__Output>
      Document: MessageTypeDefinition<_drydock_v1_Document, _drydock_v1_Document__Output>
      Effect: MessageTypeDefinition<_drydock_v1_Effect, _drydock_v1_Effect__Output>
      FactsSeen: MessageTypeDefinition<_drydock_v1_FactsSeen, _drydock_v1_FactsSeen__Output>
      Failure: MessageTypeDefinition<_drydock_v1_Failure, _drydock_v1_Failure__Output>
      Fence: MessageTypeDefinition<_drydock_v1_Fence, _drydock_v1_Fence__Output>
      Finding: MessageTypeDefinition<_drydock_v1_Finding, _drydock_v1_Finding__Output>
      GivenOrder: MessageTypeDefinition<_drydock_v1_GivenOrder, _drydock_v1_GivenOrder__Output>
      Giver: MessageTypeDefinition<_drydock_v1_Giver, _drydock_v1_Giver__Output>
      Goodbye: MessageTypeDefinition<_drydock_v1_Goodbye, _drydock_v1_Goodbye__Output>
      Guard: MessageTypeDefinition<_drydock_v1_Guard, _drydock_v1_Guard__Output>
      Hello: MessageTypeDefinition<_drydock_v1_Hello, _drydock_v1_Hello__Output>
      Incarnation: MessageTypeDefinition<_drydock_v1_Incarnation, _drydock_v1_Incarnation__Output>
      InstanceAnnounced: MessageTypeDefinition<_drydock_v1_InstanceAnnounced, _drydock_v1_InstanceAnnounced__Output>
      Intervention: MessageTypeDefinition<_drydock_v1_Intervention, _drydock_v1_Intervention__Output>
      NodeFacts: MessageTypeDefinition<_drydock_v1_NodeFacts, _drydock_v1_NodeFacts__Output>
      OpenOrder: MessageTypeDefinition<_drydock_v1_OpenOrder, _drydock_v1_OpenOrder__Output>
      Order: MessageTypeDefinition<_drydock_v1_Order, _drydock_v1_Order__Output>
      OrderState: EnumTypeDefinition
      Outcome: EnumTypeDefinition
      PartDuration: MessageTypeDefinition<_drydock_v1_PartDuration, _drydock_v1_PartDuration__Output>
      PeerSeen: MessageTypeDefinition<_drydock_v1_PeerSeen, _drydock_v1_PeerSeen__Output>
      Progress: MessageTypeDefinition<_drydock_v1_Progress, _drydock_v1_Progress__Output>
      Recall: MessageTypeDefinition<_drydock_v1_Recall, _drydock_v1_Recall__Output>
      Recalled: MessageTypeDefinition<_drydock_v1_Recalled, _drydock_v1_Recalled__Output>
      RecalledOrder: MessageTypeDefinition<_drydock_v1_RecalledOrder, _drydock_v1_RecalledOrder__Output>
      RecalledState: EnumTypeDefinition
      Receipt: MessageTypeDefinition<_drydock_v1_Receipt, _drydock_v1_Receipt__Output>
      RemoveSnapshot: MessageTypeDefinition<_drydock_v1_RemoveSnapshot, _drydock_v1_RemoveSnapshot__Output>
      Repeat: EnumTypeDefinition
      Report: MessageTypeDefinition<_drydock_v1_Report, _drydock_v1_Report__Output>
      ReportAck: MessageTypeDefinition<_drydock_v1_ReportAck, _drydock_v1_ReportAck__Output>
      RestoreNeed: MessageTypeDefinition<_drydock_v1_RestoreNeed, _drydock_v1_RestoreNeed__Output>
      SnapshotNeed: MessageTypeDefinition<_drydock_v1_SnapshotNeed, _drydock_v1_SnapshotNeed__Output>
      SnapshotRemoved: MessageTypeDefinition<_drydock_v1_SnapshotRemoved, _drydock_v1_SnapshotRemoved__Output>
      SnapshotSeen: MessageTypeDefinition<_drydock_v1_SnapshotSeen, _drydock_v1_SnapshotSeen__Output>
      Space: MessageTypeDefinition<_drydock_v1_Space, _drydock_v1_Space__Output>
      Target: MessageTypeDefinition<_drydock_v1_Target, _drydock_v1_Target__Output>
      Welcome: MessageTypeDefinition<_drydock_v1_Welcome, _drydock_v1_Welcome__Output>
    }
  }
}

