import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AbortRunRequest as _drydock_v1_AbortRunRequest, AbortRunRequest__Output as _drydock_v1_AbortRunRequest__Output } from './drydock/v1/AbortRunRequest.ts';
import type { AbortRunResponse as _drydock_v1_AbortRunResponse, AbortRunResponse__Output as _drydock_v1_AbortRunResponse__Output } from './drydock/v1/AbortRunResponse.ts';
import type { AddReleaseRequest as _drydock_v1_AddReleaseRequest, AddReleaseRequest__Output as _drydock_v1_AddReleaseRequest__Output } from './drydock/v1/AddReleaseRequest.ts';
import type { AddReleaseResponse as _drydock_v1_AddReleaseResponse, AddReleaseResponse__Output as _drydock_v1_AddReleaseResponse__Output } from './drydock/v1/AddReleaseResponse.ts';
import type { AdoptClusterRequest as _drydock_v1_AdoptClusterRequest, AdoptClusterRequest__Output as _drydock_v1_AdoptClusterRequest__Output } from './drydock/v1/AdoptClusterRequest.ts';
import type { AdoptClusterResponse as _drydock_v1_AdoptClusterResponse, AdoptClusterResponse__Output as _drydock_v1_AdoptClusterResponse__Output } from './drydock/v1/AdoptClusterResponse.ts';
import type { AdoptFleetRequest as _drydock_v1_AdoptFleetRequest, AdoptFleetRequest__Output as _drydock_v1_AdoptFleetRequest__Output } from './drydock/v1/AdoptFleetRequest.ts';
import type { AdoptFleetResponse as _drydock_v1_AdoptFleetResponse, AdoptFleetResponse__Output as _drydock_v1_AdoptFleetResponse__Output } from './drydock/v1/AdoptFleetResponse.ts';
import type { ApprovePlanRequest as _drydock_v1_ApprovePlanRequest, ApprovePlanRequest__Output as _drydock_v1_ApprovePlanRequest__Output } from './drydock/v1/ApprovePlanRequest.ts';
import type { ApprovePlanResponse as _drydock_v1_ApprovePlanResponse, ApprovePlanResponse__Output as _drydock_v1_ApprovePlanResponse__Output } from './drydock/v1/ApprovePlanResponse.ts';
import type { ArtifactDescription as _drydock_v1_ArtifactDescription, ArtifactDescription__Output as _drydock_v1_ArtifactDescription__Output } from './drydock/v1/ArtifactDescription.ts';
import type { BackUpStoreRequest as _drydock_v1_BackUpStoreRequest, BackUpStoreRequest__Output as _drydock_v1_BackUpStoreRequest__Output } from './drydock/v1/BackUpStoreRequest.ts';
import type { BackUpStoreResponse as _drydock_v1_BackUpStoreResponse, BackUpStoreResponse__Output as _drydock_v1_BackUpStoreResponse__Output } from './drydock/v1/BackUpStoreResponse.ts';
import type { BindRoleRequest as _drydock_v1_BindRoleRequest, BindRoleRequest__Output as _drydock_v1_BindRoleRequest__Output } from './drydock/v1/BindRoleRequest.ts';
import type { BindRoleResponse as _drydock_v1_BindRoleResponse, BindRoleResponse__Output as _drydock_v1_BindRoleResponse__Output } from './drydock/v1/BindRoleResponse.ts';
import type { ConfigEdit as _drydock_v1_ConfigEdit, ConfigEdit__Output as _drydock_v1_ConfigEdit__Output } from './drydock/v1/ConfigEdit.ts';
import type { ConfigMissing as _drydock_v1_ConfigMissing, ConfigMissing__Output as _drydock_v1_ConfigMissing__Output } from './drydock/v1/ConfigMissing.ts';
import type { ConfigPreview as _drydock_v1_ConfigPreview, ConfigPreview__Output as _drydock_v1_ConfigPreview__Output } from './drydock/v1/ConfigPreview.ts';
import type { ConfirmStepRequest as _drydock_v1_ConfirmStepRequest, ConfirmStepRequest__Output as _drydock_v1_ConfirmStepRequest__Output } from './drydock/v1/ConfirmStepRequest.ts';
import type { ConfirmStepResponse as _drydock_v1_ConfirmStepResponse, ConfirmStepResponse__Output as _drydock_v1_ConfirmStepResponse__Output } from './drydock/v1/ConfirmStepResponse.ts';
import type { CreateTokenRequest as _drydock_v1_CreateTokenRequest, CreateTokenRequest__Output as _drydock_v1_CreateTokenRequest__Output } from './drydock/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _drydock_v1_CreateTokenResponse, CreateTokenResponse__Output as _drydock_v1_CreateTokenResponse__Output } from './drydock/v1/CreateTokenResponse.ts';
import type { DiffPlansRequest as _drydock_v1_DiffPlansRequest, DiffPlansRequest__Output as _drydock_v1_DiffPlansRequest__Output } from './drydock/v1/DiffPlansRequest.ts';
import type { DiffPlansResponse as _drydock_v1_DiffPlansResponse, DiffPlansResponse__Output as _drydock_v1_DiffPlansResponse__Output } from './drydock/v1/DiffPlansResponse.ts';
import type { DiffRulesRequest as _drydock_v1_DiffRulesRequest, DiffRulesRequest__Output as _drydock_v1_DiffRulesRequest__Output } from './drydock/v1/DiffRulesRequest.ts';
import type { DiffRulesResponse as _drydock_v1_DiffRulesResponse, DiffRulesResponse__Output as _drydock_v1_DiffRulesResponse__Output } from './drydock/v1/DiffRulesResponse.ts';
import type { DiscardPlanRequest as _drydock_v1_DiscardPlanRequest, DiscardPlanRequest__Output as _drydock_v1_DiscardPlanRequest__Output } from './drydock/v1/DiscardPlanRequest.ts';
import type { DiscardPlanResponse as _drydock_v1_DiscardPlanResponse, DiscardPlanResponse__Output as _drydock_v1_DiscardPlanResponse__Output } from './drydock/v1/DiscardPlanResponse.ts';
import type { Document as _drydock_v1_Document, Document__Output as _drydock_v1_Document__Output } from './drydock/v1/Document.ts';
import type { ExcludeNodeRequest as _drydock_v1_ExcludeNodeRequest, ExcludeNodeRequest__Output as _drydock_v1_ExcludeNodeRequest__Output } from './drydock/v1/ExcludeNodeRequest.ts';
import type { ExcludeNodeResponse as _drydock_v1_ExcludeNodeResponse, ExcludeNodeResponse__Output as _drydock_v1_ExcludeNodeResponse__Output } from './drydock/v1/ExcludeNodeResponse.ts';
import type { Failure as _drydock_v1_Failure, Failure__Output as _drydock_v1_Failure__Output } from './drydock/v1/Failure.ts';
import type { FinalizeRunRequest as _drydock_v1_FinalizeRunRequest, FinalizeRunRequest__Output as _drydock_v1_FinalizeRunRequest__Output } from './drydock/v1/FinalizeRunRequest.ts';
import type { FinalizeRunResponse as _drydock_v1_FinalizeRunResponse, FinalizeRunResponse__Output as _drydock_v1_FinalizeRunResponse__Output } from './drydock/v1/FinalizeRunResponse.ts';
import type { FindPathRequest as _drydock_v1_FindPathRequest, FindPathRequest__Output as _drydock_v1_FindPathRequest__Output } from './drydock/v1/FindPathRequest.ts';
import type { FindPathResponse as _drydock_v1_FindPathResponse, FindPathResponse__Output as _drydock_v1_FindPathResponse__Output } from './drydock/v1/FindPathResponse.ts';
import type { Finding as _drydock_v1_Finding, Finding__Output as _drydock_v1_Finding__Output } from './drydock/v1/Finding.ts';
import type { ForgetClusterRequest as _drydock_v1_ForgetClusterRequest, ForgetClusterRequest__Output as _drydock_v1_ForgetClusterRequest__Output } from './drydock/v1/ForgetClusterRequest.ts';
import type { ForgetClusterResponse as _drydock_v1_ForgetClusterResponse, ForgetClusterResponse__Output as _drydock_v1_ForgetClusterResponse__Output } from './drydock/v1/ForgetClusterResponse.ts';
import type { ForgetHostRequest as _drydock_v1_ForgetHostRequest, ForgetHostRequest__Output as _drydock_v1_ForgetHostRequest__Output } from './drydock/v1/ForgetHostRequest.ts';
import type { ForgetHostResponse as _drydock_v1_ForgetHostResponse, ForgetHostResponse__Output as _drydock_v1_ForgetHostResponse__Output } from './drydock/v1/ForgetHostResponse.ts';
import type { GetClusterRequest as _drydock_v1_GetClusterRequest, GetClusterRequest__Output as _drydock_v1_GetClusterRequest__Output } from './drydock/v1/GetClusterRequest.ts';
import type { GetClusterResponse as _drydock_v1_GetClusterResponse, GetClusterResponse__Output as _drydock_v1_GetClusterResponse__Output } from './drydock/v1/GetClusterResponse.ts';
import type { GetHostRequest as _drydock_v1_GetHostRequest, GetHostRequest__Output as _drydock_v1_GetHostRequest__Output } from './drydock/v1/GetHostRequest.ts';
import type { GetHostResponse as _drydock_v1_GetHostResponse, GetHostResponse__Output as _drydock_v1_GetHostResponse__Output } from './drydock/v1/GetHostResponse.ts';
import type { GetPlanRequest as _drydock_v1_GetPlanRequest, GetPlanRequest__Output as _drydock_v1_GetPlanRequest__Output } from './drydock/v1/GetPlanRequest.ts';
import type { GetPlanResponse as _drydock_v1_GetPlanResponse, GetPlanResponse__Output as _drydock_v1_GetPlanResponse__Output } from './drydock/v1/GetPlanResponse.ts';
import type { GetReportRequest as _drydock_v1_GetReportRequest, GetReportRequest__Output as _drydock_v1_GetReportRequest__Output } from './drydock/v1/GetReportRequest.ts';
import type { GetReportResponse as _drydock_v1_GetReportResponse, GetReportResponse__Output as _drydock_v1_GetReportResponse__Output } from './drydock/v1/GetReportResponse.ts';
import type { GetRunRequest as _drydock_v1_GetRunRequest, GetRunRequest__Output as _drydock_v1_GetRunRequest__Output } from './drydock/v1/GetRunRequest.ts';
import type { GetRunResponse as _drydock_v1_GetRunResponse, GetRunResponse__Output as _drydock_v1_GetRunResponse__Output } from './drydock/v1/GetRunResponse.ts';
import type { GetVersionRequest as _drydock_v1_GetVersionRequest, GetVersionRequest__Output as _drydock_v1_GetVersionRequest__Output } from './drydock/v1/GetVersionRequest.ts';
import type { GetVersionResponse as _drydock_v1_GetVersionResponse, GetVersionResponse__Output as _drydock_v1_GetVersionResponse__Output } from './drydock/v1/GetVersionResponse.ts';
import type { ImportRulesRequest as _drydock_v1_ImportRulesRequest, ImportRulesRequest__Output as _drydock_v1_ImportRulesRequest__Output } from './drydock/v1/ImportRulesRequest.ts';
import type { ImportRulesResponse as _drydock_v1_ImportRulesResponse, ImportRulesResponse__Output as _drydock_v1_ImportRulesResponse__Output } from './drydock/v1/ImportRulesResponse.ts';
import type { Incarnation as _drydock_v1_Incarnation, Incarnation__Output as _drydock_v1_Incarnation__Output } from './drydock/v1/Incarnation.ts';
import type { LabelClusterRequest as _drydock_v1_LabelClusterRequest, LabelClusterRequest__Output as _drydock_v1_LabelClusterRequest__Output } from './drydock/v1/LabelClusterRequest.ts';
import type { LabelClusterResponse as _drydock_v1_LabelClusterResponse, LabelClusterResponse__Output as _drydock_v1_LabelClusterResponse__Output } from './drydock/v1/LabelClusterResponse.ts';
import type { ListAuditRequest as _drydock_v1_ListAuditRequest, ListAuditRequest__Output as _drydock_v1_ListAuditRequest__Output } from './drydock/v1/ListAuditRequest.ts';
import type { ListAuditResponse as _drydock_v1_ListAuditResponse, ListAuditResponse__Output as _drydock_v1_ListAuditResponse__Output } from './drydock/v1/ListAuditResponse.ts';
import type { ListClustersRequest as _drydock_v1_ListClustersRequest, ListClustersRequest__Output as _drydock_v1_ListClustersRequest__Output } from './drydock/v1/ListClustersRequest.ts';
import type { ListClustersResponse as _drydock_v1_ListClustersResponse, ListClustersResponse__Output as _drydock_v1_ListClustersResponse__Output } from './drydock/v1/ListClustersResponse.ts';
import type { ListHostsRequest as _drydock_v1_ListHostsRequest, ListHostsRequest__Output as _drydock_v1_ListHostsRequest__Output } from './drydock/v1/ListHostsRequest.ts';
import type { ListHostsResponse as _drydock_v1_ListHostsResponse, ListHostsResponse__Output as _drydock_v1_ListHostsResponse__Output } from './drydock/v1/ListHostsResponse.ts';
import type { ListIdentitiesRequest as _drydock_v1_ListIdentitiesRequest, ListIdentitiesRequest__Output as _drydock_v1_ListIdentitiesRequest__Output } from './drydock/v1/ListIdentitiesRequest.ts';
import type { ListIdentitiesResponse as _drydock_v1_ListIdentitiesResponse, ListIdentitiesResponse__Output as _drydock_v1_ListIdentitiesResponse__Output } from './drydock/v1/ListIdentitiesResponse.ts';
import type { ListPlansRequest as _drydock_v1_ListPlansRequest, ListPlansRequest__Output as _drydock_v1_ListPlansRequest__Output } from './drydock/v1/ListPlansRequest.ts';
import type { ListPlansResponse as _drydock_v1_ListPlansResponse, ListPlansResponse__Output as _drydock_v1_ListPlansResponse__Output } from './drydock/v1/ListPlansResponse.ts';
import type { ListReleasesRequest as _drydock_v1_ListReleasesRequest, ListReleasesRequest__Output as _drydock_v1_ListReleasesRequest__Output } from './drydock/v1/ListReleasesRequest.ts';
import type { ListReleasesResponse as _drydock_v1_ListReleasesResponse, ListReleasesResponse__Output as _drydock_v1_ListReleasesResponse__Output } from './drydock/v1/ListReleasesResponse.ts';
import type { ListRulesRequest as _drydock_v1_ListRulesRequest, ListRulesRequest__Output as _drydock_v1_ListRulesRequest__Output } from './drydock/v1/ListRulesRequest.ts';
import type { ListRulesResponse as _drydock_v1_ListRulesResponse, ListRulesResponse__Output as _drydock_v1_ListRulesResponse__Output } from './drydock/v1/ListRulesResponse.ts';
import type { ListRunsRequest as _drydock_v1_ListRunsRequest, ListRunsRequest__Output as _drydock_v1_ListRunsRequest__Output } from './drydock/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _drydock_v1_ListRunsResponse, ListRunsResponse__Output as _drydock_v1_ListRunsResponse__Output } from './drydock/v1/ListRunsResponse.ts';
import type { ListSnapshotsRequest as _drydock_v1_ListSnapshotsRequest, ListSnapshotsRequest__Output as _drydock_v1_ListSnapshotsRequest__Output } from './drydock/v1/ListSnapshotsRequest.ts';
import type { ListSnapshotsResponse as _drydock_v1_ListSnapshotsResponse, ListSnapshotsResponse__Output as _drydock_v1_ListSnapshotsResponse__Output } from './drydock/v1/ListSnapshotsResponse.ts';
import type { MakePlanRequest as _drydock_v1_MakePlanRequest, MakePlanRequest__Output as _drydock_v1_MakePlanRequest__Output } from './drydock/v1/MakePlanRequest.ts';
import type { MakePlanResponse as _drydock_v1_MakePlanResponse, MakePlanResponse__Output as _drydock_v1_MakePlanResponse__Output } from './drydock/v1/MakePlanResponse.ts';
import type { MovedRole as _drydock_v1_MovedRole, MovedRole__Output as _drydock_v1_MovedRole__Output } from './drydock/v1/MovedRole.ts';
import type { NodeFacts as _drydock_v1_NodeFacts, NodeFacts__Output as _drydock_v1_NodeFacts__Output } from './drydock/v1/NodeFacts.ts';
import type { OperatorClient as _drydock_v1_OperatorClient, OperatorDefinition as _drydock_v1_OperatorDefinition } from './drydock/v1/Operator.ts';
import type { PauseRunRequest as _drydock_v1_PauseRunRequest, PauseRunRequest__Output as _drydock_v1_PauseRunRequest__Output } from './drydock/v1/PauseRunRequest.ts';
import type { PauseRunResponse as _drydock_v1_PauseRunResponse, PauseRunResponse__Output as _drydock_v1_PauseRunResponse__Output } from './drydock/v1/PauseRunResponse.ts';
import type { PeerSeen as _drydock_v1_PeerSeen, PeerSeen__Output as _drydock_v1_PeerSeen__Output } from './drydock/v1/PeerSeen.ts';
import type { ReadDocumentRequest as _drydock_v1_ReadDocumentRequest, ReadDocumentRequest__Output as _drydock_v1_ReadDocumentRequest__Output } from './drydock/v1/ReadDocumentRequest.ts';
import type { ReadDocumentResponse as _drydock_v1_ReadDocumentResponse, ReadDocumentResponse__Output as _drydock_v1_ReadDocumentResponse__Output } from './drydock/v1/ReadDocumentResponse.ts';
import type { ReleaseDescription as _drydock_v1_ReleaseDescription, ReleaseDescription__Output as _drydock_v1_ReleaseDescription__Output } from './drydock/v1/ReleaseDescription.ts';
import type { RemoveReleaseRequest as _drydock_v1_RemoveReleaseRequest, RemoveReleaseRequest__Output as _drydock_v1_RemoveReleaseRequest__Output } from './drydock/v1/RemoveReleaseRequest.ts';
import type { RemoveReleaseResponse as _drydock_v1_RemoveReleaseResponse, RemoveReleaseResponse__Output as _drydock_v1_RemoveReleaseResponse__Output } from './drydock/v1/RemoveReleaseResponse.ts';
import type { RemoveSnapshotRequest as _drydock_v1_RemoveSnapshotRequest, RemoveSnapshotRequest__Output as _drydock_v1_RemoveSnapshotRequest__Output } from './drydock/v1/RemoveSnapshotRequest.ts';
import type { RemoveSnapshotResponse as _drydock_v1_RemoveSnapshotResponse, RemoveSnapshotResponse__Output as _drydock_v1_RemoveSnapshotResponse__Output } from './drydock/v1/RemoveSnapshotResponse.ts';
import type { ResolveStepRequest as _drydock_v1_ResolveStepRequest, ResolveStepRequest__Output as _drydock_v1_ResolveStepRequest__Output } from './drydock/v1/ResolveStepRequest.ts';
import type { ResolveStepResponse as _drydock_v1_ResolveStepResponse, ResolveStepResponse__Output as _drydock_v1_ResolveStepResponse__Output } from './drydock/v1/ResolveStepResponse.ts';
import type { RestoreNeed as _drydock_v1_RestoreNeed, RestoreNeed__Output as _drydock_v1_RestoreNeed__Output } from './drydock/v1/RestoreNeed.ts';
import type { ResumeRunRequest as _drydock_v1_ResumeRunRequest, ResumeRunRequest__Output as _drydock_v1_ResumeRunRequest__Output } from './drydock/v1/ResumeRunRequest.ts';
import type { ResumeRunResponse as _drydock_v1_ResumeRunResponse, ResumeRunResponse__Output as _drydock_v1_ResumeRunResponse__Output } from './drydock/v1/ResumeRunResponse.ts';
import type { RetryStepRequest as _drydock_v1_RetryStepRequest, RetryStepRequest__Output as _drydock_v1_RetryStepRequest__Output } from './drydock/v1/RetryStepRequest.ts';
import type { RetryStepResponse as _drydock_v1_RetryStepResponse, RetryStepResponse__Output as _drydock_v1_RetryStepResponse__Output } from './drydock/v1/RetryStepResponse.ts';
import type { RevertRulesRequest as _drydock_v1_RevertRulesRequest, RevertRulesRequest__Output as _drydock_v1_RevertRulesRequest__Output } from './drydock/v1/RevertRulesRequest.ts';
import type { RevertRulesResponse as _drydock_v1_RevertRulesResponse, RevertRulesResponse__Output as _drydock_v1_RevertRulesResponse__Output } from './drydock/v1/RevertRulesResponse.ts';
import type { RevokeIdentityRequest as _drydock_v1_RevokeIdentityRequest, RevokeIdentityRequest__Output as _drydock_v1_RevokeIdentityRequest__Output } from './drydock/v1/RevokeIdentityRequest.ts';
import type { RevokeIdentityResponse as _drydock_v1_RevokeIdentityResponse, RevokeIdentityResponse__Output as _drydock_v1_RevokeIdentityResponse__Output } from './drydock/v1/RevokeIdentityResponse.ts';
import type { RollbackRunRequest as _drydock_v1_RollbackRunRequest, RollbackRunRequest__Output as _drydock_v1_RollbackRunRequest__Output } from './drydock/v1/RollbackRunRequest.ts';
import type { RollbackRunResponse as _drydock_v1_RollbackRunResponse, RollbackRunResponse__Output as _drydock_v1_RollbackRunResponse__Output } from './drydock/v1/RollbackRunResponse.ts';
import type { RunEventSeen as _drydock_v1_RunEventSeen, RunEventSeen__Output as _drydock_v1_RunEventSeen__Output } from './drydock/v1/RunEventSeen.ts';
import type { ShowRulesRequest as _drydock_v1_ShowRulesRequest, ShowRulesRequest__Output as _drydock_v1_ShowRulesRequest__Output } from './drydock/v1/ShowRulesRequest.ts';
import type { ShowRulesResponse as _drydock_v1_ShowRulesResponse, ShowRulesResponse__Output as _drydock_v1_ShowRulesResponse__Output } from './drydock/v1/ShowRulesResponse.ts';
import type { SnapshotNeed as _drydock_v1_SnapshotNeed, SnapshotNeed__Output as _drydock_v1_SnapshotNeed__Output } from './drydock/v1/SnapshotNeed.ts';
import type { SnapshotSeen as _drydock_v1_SnapshotSeen, SnapshotSeen__Output as _drydock_v1_SnapshotSeen__Output } from './drydock/v1/SnapshotSeen.ts';
import type { Space as _drydock_v1_Space, Space__Output as _drydock_v1_Space__Output } from './drydock/v1/Space.ts';
import type { StartRunRequest as _drydock_v1_StartRunRequest, StartRunRequest__Output as _drydock_v1_StartRunRequest__Output } from './drydock/v1/StartRunRequest.ts';
import type { StartRunResponse as _drydock_v1_StartRunResponse, StartRunResponse__Output as _drydock_v1_StartRunResponse__Output } from './drydock/v1/StartRunResponse.ts';
import type { StepProgress as _drydock_v1_StepProgress, StepProgress__Output as _drydock_v1_StepProgress__Output } from './drydock/v1/StepProgress.ts';
import type { UnbindRoleRequest as _drydock_v1_UnbindRoleRequest, UnbindRoleRequest__Output as _drydock_v1_UnbindRoleRequest__Output } from './drydock/v1/UnbindRoleRequest.ts';
import type { UnbindRoleResponse as _drydock_v1_UnbindRoleResponse, UnbindRoleResponse__Output as _drydock_v1_UnbindRoleResponse__Output } from './drydock/v1/UnbindRoleResponse.ts';
import type { VerifyAuditRequest as _drydock_v1_VerifyAuditRequest, VerifyAuditRequest__Output as _drydock_v1_VerifyAuditRequest__Output } from './drydock/v1/VerifyAuditRequest.ts';
import type { VerifyAuditResponse as _drydock_v1_VerifyAuditResponse, VerifyAuditResponse__Output as _drydock_v1_VerifyAuditResponse__Output } from './drydock/v1/VerifyAuditResponse.ts';
import type { VerifyReleasesRequest as _drydock_v1_VerifyReleasesRequest, VerifyReleasesRequest__Output as _drydock_v1_VerifyReleasesRequest__Output } from './drydock/v1/VerifyReleasesRequest.ts';
import type { VerifyReleasesResponse as _drydock_v1_VerifyReleasesResponse, VerifyReleasesResponse__Output as _drydock_v1_VerifyReleasesResponse__Output } from './drydock/v1/VerifyReleasesResponse.ts';
import type { WatchRunRequest as _drydock_v1_WatchRunRequest, WatchRunRequest__Output as _drydock_v1_WatchRunRequest__Output } from './drydock/v1/WatchRunRequest.ts';
import type { WatchRunResponse as _drydock_v1_WatchRunResponse, WatchRunResponse__Output as _drydock_v1_WatchRunResponse__Output } from './drydock/v1/WatchRunResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drydock: {
    v1: {
      AbortRunRequest: MessageTypeDefinition<_drydock_v1_AbortRunRequest, _drydock_v1_AbortRunRequest__Output>
      AbortRunResponse: MessageTypeDefinition<_drydock_v1_AbortRunResponse, _drydock_v1_AbortRunResponse__Output>
      AddReleaseRequest: MessageTypeDefinition<_drydock_v1_AddReleaseRequest, _drydock_v1_AddReleaseRequest__Output>
      AddReleaseResponse: MessageTypeDefinition<_drydock_v1_AddReleaseResponse, _drydock_v1_AddReleaseResponse__Output>
      AdoptClusterRequest: MessageTypeDefinition<_drydock_v1_AdoptClusterRequest, _drydock_v1_AdoptClusterRequest__Output>
      AdoptClusterResponse: MessageTypeDefinition<_drydock_v1_AdoptClusterResponse, _drydock_v1_AdoptClusterResponse__Output>
      AdoptFleetRequest: MessageTypeDefinition<_drydock_v1_AdoptFleetRequest, _drydock_v1_AdoptFleetRequest__Output>
      AdoptFleetResponse: MessageTypeDefinition<_drydock_v1_AdoptFleetResponse, _drydock_v1_AdoptFleetResponse__Output>
      Answer: EnumTypeDefinition
      ApprovePlanRequest: MessageTypeDefinition<_drydock_v1_ApprovePlanRequest, _drydock_v1_ApprovePlanRequest__Output>
      ApprovePlanResponse: MessageTypeDefinition<_drydock_v1_ApprovePlanResponse, _drydock_v1_ApprovePlanResponse__Output>
      ArtifactDescription: MessageTypeDefinition<_drydock_v1_ArtifactDescription, _drydock_v1_ArtifactDescription__Output>
      BackUpStoreRequest: MessageTypeDefinition<_drydock_v1_BackUpStoreRequest, _drydock_v1_BackUpStoreRequest__Output>
      BackUpStoreResponse: MessageTypeDefinition<_drydock_v1_BackUpStoreResponse, _drydock_v1_BackUpStoreResponse__Output>
      BindRoleRequest: MessageTypeDefinition<_drydock_v1_BindRoleRequest, _drydock_v1_BindRoleRequest__Output>
      BindRoleResponse: MessageTypeDefinition<_drydock_v1_BindRoleResponse, _drydock_v1_BindRoleResponse__Output>
      ConfigEdit: MessageTypeDefinition<_drydock_v1_ConfigEdit, _drydock_v1_ConfigEdit__Output>
      ConfigMissing: MessageTypeDefinition<_drydock_v1_ConfigMissing, _drydock_v1_ConfigMissing__Output>
      ConfigPreview: MessageTypeDefinition<_drydock_v1_ConfigPreview, _drydock_v1_ConfigPreview__Output>
      ConfirmStepRequest: MessageTypeDefinition<_drydock_v1_ConfirmStepRequest, _drydock_v1_ConfirmStepRequest__Output>
      ConfirmStepResponse: MessageTypeDefinition<_drydock_v1_ConfirmStepResponse, _drydock_v1_ConfirmStepResponse__Output>
      CreateTokenRequest: MessageTypeDefinition<_drydock_v1_CreateTokenRequest, _drydock_v1_CreateTokenRequest__Output>
      CreateTokenResponse: MessageTypeDefinition<_drydock_v1_CreateTokenResponse, _drydock_v1_CreateTokenResponse__Output>
      DiffPlansRequest: MessageTypeDefinition<_drydock_v1_DiffPlansRequest, _drydock_v1_DiffPlansRequest__Output>
      DiffPlansResponse: MessageTypeDefinition<_drydock_v1_DiffPlansResponse, _drydock_v1_DiffPlansResponse__Output>
      DiffRulesRequest: MessageTypeDefinition<_drydock_v1_DiffRulesRequest, _drydock_v1_DiffRulesRequest__Output>
      DiffRulesResponse: MessageTypeDefinition<_drydock_v1_DiffRulesResponse, _drydock_v1_DiffRulesResponse__Output>
      DiscardPlanRequest: MessageTypeDefinition<_drydock_v1_DiscardPlanRequest, _drydock_v1_DiscardPlanRequest__Output>
      DiscardPlanResponse: MessageTypeDefinition<_drydock_v1_DiscardPlanResponse, _drydock_v1_DiscardPlanResponse__Output>
      Document: MessageTypeDefinition<_drydock_v1_Document, _drydock_v1_Document__Output>
      ExcludeNodeRequest: MessageTypeDefinition<_drydock_v1_ExcludeNodeRequest, _drydock_v1_ExcludeNodeRequest__Output>
      ExcludeNodeResponse: MessageTypeDefinition<_drydock_v1_ExcludeNodeResponse, _drydock_v1_ExcludeNodeResponse__Output>
      Failure: MessageTypeDefinition<_drydock_v1_Failure, _drydock_v1_Failure__Output>
      FinalizeRunRequest: MessageTypeDefinition<_drydock_v1_FinalizeRunRequest, _drydock_v1_FinalizeRunRequest__Output>
      FinalizeRunResponse: MessageTypeDefinition<_drydock_v1_FinalizeRunResponse, _drydock_v1_FinalizeRunResponse__Output>
      FindPathRequest: MessageTypeDefinition<_drydock_v1_FindPathRequest, _drydock_v1_FindPathRequest__Output>
      FindPathResponse: MessageTypeDefinition<_drydock_v1_FindPathResponse, _drydock_v1_FindPathResponse__Output>
      Finding: MessageTypeDefinition<_drydock_v1_Finding, _drydock_v1_Finding__Output>
      ForgetClusterRequest: MessageTypeDefinition<_drydock_v1_ForgetClusterRequest, _drydock_v1_ForgetClusterRequest__Output>
      ForgetClusterResponse: MessageTypeDefinition<_drydock_v1_ForgetClusterResponse, _drydock_v1_ForgetClusterResponse__Output>
      ForgetHostRequest: MessageTypeDefinition<_drydock_v1_ForgetHostRequest, _drydock_v1_ForgetHostRequest__Output>
      ForgetHostResponse: MessageTypeDefinition<_drydock_v1_ForgetHostResponse, _drydock_v1_ForgetHostResponse__Output>
      GetClusterRequest: MessageTypeDefinition<_drydock_v1_GetClusterRequest, _drydock_v1_GetClusterRequest__Output>
      GetClusterResponse: MessageTypeDefinition<_drydock_v1_GetClusterResponse, _drydock_v1_GetClusterResponse__Output>
      GetHostRequest: MessageTypeDefinition<_drydock_v1_GetHostRequest, _drydock_v1_GetHostRequest__Output>
      GetHostResponse: MessageTypeDefinition<_drydock_v1_GetHostResponse, _drydock_v1_GetHostResponse__Output>
      GetPlanRequest: MessageTypeDefinition<_drydock_v1_GetPlanRequest, _drydock_v1_GetPlanRequest__Output>
      GetPlanResponse: MessageTypeDefinition<_drydock_v1_GetPlanResponse, _drydock_v1_GetPlanResponse__Output>
      GetReportRequest: MessageTypeDefinition<_drydock_v1_GetReportRequest, _drydock_v1_GetReportRequest__Output>
      GetReportResponse: MessageTypeDefinition<_drydock_v1_GetReportResponse, _drydock_v1_GetReportResponse__Output>
      GetRunRequest: MessageTypeDefinition<_drydock_v1_GetRunRequest, _drydock_v1_GetRunRequest__Output>
      GetRunResponse: MessageTypeDefinition<_drydock_v1_GetRunResponse, _drydock_v1_GetRunResponse__Output>
      GetVersionRequest: MessageTypeDefinition<_drydock_v1_GetVersionRequest, _drydock_v1_GetVersionRequest__Output>
      GetVersionResponse: MessageTypeDefinition<_drydock_v1_GetVersionResponse, _drydock_v1_GetVersionResponse__Output>
      ImportRulesRequest: MessageTypeDefinition<_drydock_v1_ImportRulesRequest, _drydock_v1_ImportRulesRequest__Output>
      ImportRulesResponse: MessageTypeDefinition<_drydock_v1_ImportRulesResponse, _drydock_v1_ImportRulesResponse__Output>
      Incarnation: MessageTypeDefinition<_drydock_v1_Incarnation, _drydock_v1_Incarnation__Output>
      LabelClusterRequest: MessageTypeDefinition<_drydock_v1_LabelClusterRequest, _drydock_v1_LabelClusterRequest__Output>
      LabelClusterResponse: MessageTypeDefinition<_drydock_v1_LabelClusterResponse, _drydock_v1_LabelClusterResponse__Output>
      ListAuditRequest: MessageTypeDefinition<_drydock_v1_ListAuditRequest, _drydock_v1_ListAuditRequest__Output>
      ListAuditResponse: MessageTypeDefinition<_drydock_v1_ListAuditResponse, _drydock_v1_ListAuditResponse__Output>
      ListClustersRequest: MessageTypeDefinition<_drydock_v1_ListClustersRequest, _drydock_v1_ListClustersRequest__Output>
      ListClustersResponse: MessageTypeDefinition<_drydock_v1_ListClustersResponse, _drydock_v1_ListClustersResponse__Output>
      ListHostsRequest: MessageTypeDefinition<_drydock_v1_ListHostsRequest, _drydock_v1_ListHostsRequest__Output>
      ListHostsResponse: MessageTypeDefinition<_drydock_v1_ListHostsResponse, _drydock_v1_ListHostsResponse__Output>
      ListIdentitiesRequest: MessageTypeDefinition<_drydock_v1_ListIdentitiesRequest, _drydock_v1_ListIdentitiesRequest__Output>
      ListIdentitiesResponse: MessageTypeDefinition<_drydock_v1_ListIdentitiesResponse, _drydock_v1_ListIdentitiesResponse__Output>
      ListPlansRequest: MessageTypeDefinition<_drydock_v1_ListPlansRequest, _drydock_v1_ListPlansRequest__Output>
      ListPlansResponse: MessageTypeDefinition<_drydock_v1_ListPlansResponse, _drydock_v1_ListPlansResponse__Output>
      ListReleasesRequest: MessageTypeDefinition<_drydock_v1_ListReleasesRequest, _drydock_v1_ListReleasesRequest__Output>
      ListReleasesResponse: MessageTypeDefinition<_drydock_v1_ListReleasesResponse, _drydock_v1_ListReleasesResponse__Output>
      ListRulesRequest: MessageTypeDefinition<_drydock_v1_ListRulesRequest, _drydock_v1_ListRulesRequest__Output>
      ListRulesResponse: MessageTypeDefinition<_drydock_v1_ListRulesResponse, _drydock_v1_ListRulesResponse__Output>
      ListRunsRequest: MessageTypeDefinition<_drydock_v1_ListRunsRequest, _drydock_v1_ListRunsRequest__Output>
      ListRunsResponse: MessageTypeDefinition<_drydock_v1_ListRunsResponse, _drydock_v1_ListRunsResponse__Output>
      ListSnapshotsRequest: MessageTypeDefinition<_drydock_v1_ListSnapshotsRequest, _drydock_v1_ListSnapshotsRequest__Output>
      ListSnapshotsResponse: MessageTypeDefinition<_drydock_v1_ListSnapshotsResponse, _drydock_v1_ListSnapshotsResponse__Output>
      MakePlanRequest: MessageTypeDefinition<_drydock_v1_MakePlanRequest, _drydock_v1_MakePlanRequest__Output>
      MakePlanResponse: MessageTypeDefinition<_drydock_v1_MakePlanResponse, _drydock_v1_MakePlanResponse__Output>
      MovedRole: MessageTypeDefinition<_drydock_v1_MovedRole, _drydock_v1_MovedRole__Output>
      NodeFacts: MessageTypeDefinition<_drydock_v1_NodeFacts, _drydock_v1_NodeFacts__Output>
      Operator: SubtypeConstructor<typeof grpc.Client, _drydock_v1_OperatorClient> & { service: _drydock_v1_OperatorDefinition }
      PauseRunRequest: MessageTypeDefinition<_drydock_v1_PauseRunRequest, _drydock_v1_PauseRunRequest__Output>
      PauseRunResponse: MessageTypeDefinition<_drydock_v1_PauseRunResponse, _drydock_v1_PauseRunResponse__Output>
      PeerSeen: MessageTypeDefinition<_drydock_v1_PeerSeen, _drydock_v1_PeerSeen__Output>
      ReadDocumentRequest: MessageTypeDefinition<_drydock_v1_ReadDocumentRequest, _drydock_v1_ReadDocumentRequest__Output>
      ReadDocumentResponse: MessageTypeDefinition<_drydock_v1_ReadDocumentResponse, _drydock_v1_ReadDocumentResponse__Output>
      ReleaseDescription: MessageTypeDefinition<_drydock_v1_ReleaseDescription, _drydock_v1_ReleaseDescription__Output>
      RemoveReleaseRequest: MessageTypeDefinition<_drydock_v1_RemoveReleaseRequest, _drydock_v1_RemoveReleaseRequest__Output>
      RemoveReleaseResponse: MessageTypeDefinition<_drydock_v1_RemoveReleaseResponse, _drydock_v1_RemoveReleaseResponse__Output>
      RemoveSnapshotRequest: MessageTypeDefinition<_drydock_v1_RemoveSnapshotRequest, _drydock_v1_RemoveSnapshotRequest__Output>
      RemoveSnapshotResponse: MessageTypeDefinition<_drydock_v1_RemoveSnapshotResponse, _drydock_v1_RemoveSnapshotResponse__Output>
      ResolveStepRequest: MessageTypeDefinition<_drydock_v1_ResolveStepRequest, _drydock_v1_ResolveStepRequest__Output>
      ResolveStepResponse: MessageTypeDefinition<_drydock_v1_ResolveStepResponse, _drydock_v1_ResolveStepResponse__Output>
      RestoreNeed: MessageTypeDefinition<_drydock_v1_RestoreNeed, _drydock_v1_RestoreNeed__Output>
      ResumeRunRequest: MessageTypeDefinition<_drydock_v1_ResumeRunRequest, _drydock_v1_ResumeRunRequest__Output>
      ResumeRunResponse: MessageTypeDefinition<_drydock_v1_ResumeRunResponse, _drydock_v1_ResumeRunResponse__Output>
      RetryStepRequest: MessageTypeDefinition<_drydock_v1_RetryStepRequest, _drydock_v1_RetryStepRequest__Output>
      RetryStepResponse: MessageTypeDefinition<_drydock_v1_RetryStepResponse, _drydock_v1_RetryStepResponse__Output>
      RevertRulesRequest: MessageTypeDefinition<_drydock_v1_RevertRulesRequest, _drydock_v1_RevertRulesRequest__Output>
      RevertRulesResponse: MessageTypeDefinition<_drydock_v1_RevertRulesResponse, _drydock_v1_RevertRulesResponse__Output>
      RevokeIdentityRequest: MessageTypeDefinition<_drydock_v1_RevokeIdentityRequest, _drydock_v1_RevokeIdentityRequest__Output>
      RevokeIdentityResponse: MessageTypeDefinition<_drydock_v1_RevokeIdentityResponse, _drydock_v1_RevokeIdentityResponse__Output>
      RollbackRunRequest: MessageTypeDefinition<_drydock_v1_RollbackRunRequest, _drydock_v1_RollbackRunRequest__Output>
      RollbackRunResponse: MessageTypeDefinition<_drydock_v1_RollbackRunResponse, _drydock_v1_RollbackRunResponse__Output>
      RunEventSeen: MessageTypeDefinition<_drydock_v1_RunEventSeen, _drydock_v1_RunEventSeen__Output>
      ShowRulesRequest: MessageTypeDefinition<_drydock_v1_ShowRulesRequest, _drydock_v1_ShowRulesRequest__Output>
      ShowRulesResponse: MessageTypeDefinition<_drydock_v1_ShowRulesResponse, _drydock_v1_ShowRulesResponse__Output>
      SnapshotNeed: MessageTypeDefinition<_drydock_v1_SnapshotNeed, _drydock_v1_SnapshotNeed__Output>
      SnapshotSeen: MessageTypeDefinition<_drydock_v1_SnapshotSeen, _drydock_v1_SnapshotSeen__Output>
      Space: MessageTypeDefinition<_drydock_v1_Space, _drydock_v1_Space__Output>
      StartRunRequest: MessageTypeDefinition<_drydock_v1_StartRunRequest, _drydock_v1_StartRunRequest__Output>
      StartRunResponse: MessageTypeDefinition<_drydock_v1_StartRunResponse, _drydock_v1_StartRunResponse__Output>
      StepProgress: MessageTypeDefinition<_drydock_v1_StepProgress, _drydock_v1_StepProgress__Output>
      UnbindRoleRequest: MessageTypeDefinition<_drydock_v1_UnbindRoleRequest, _drydock_v1_UnbindRoleRequest__Output>
      UnbindRoleResponse: MessageTypeDefinition<_drydock_v1_UnbindRoleResponse, _drydock_v1_UnbindRoleResponse__Output>
      VerifyAuditRequest: MessageTypeDefinition<_drydock_v1_VerifyAuditRequest, _drydock_v1_VerifyAuditRequest__Output>
      VerifyAuditResponse: MessageTypeDefinition<_drydock_v1_VerifyAuditResponse, _drydock_v1_VerifyAuditResponse__Output>
      VerifyReleasesRequest: MessageTypeDefinition<_drydock_v1_VerifyReleasesRequest, _drydock_v1_VerifyReleasesRequest__Output>
      VerifyReleasesResponse: MessageTypeDefinition<_drydock_v1_VerifyReleasesResponse, _drydock_v1_VerifyReleasesResponse__Output>
      WatchRunRequest: MessageTypeDefinition<_drydock_v1_WatchRunRequest, _drydock_v1_WatchRunRequest__Output>
      WatchRunResponse: MessageTypeDefinition<_drydock_v1_WatchRunResponse, _drydock_v1_WatchRunResponse__Output>
    }
  }
}

