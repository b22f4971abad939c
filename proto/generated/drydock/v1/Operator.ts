// Original file: proto/drydock/v1/operator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AbortRunRequest as _drydock_v1_AbortRunRequest, AbortRunRequest__Output as _drydock_v1_AbortRunRequest__Output } from '../../drydock/v1/AbortRunRequest.ts';
import type { AbortRunResponse as _drydock_v1_AbortRunResponse, AbortRunResponse__Output as _drydock_v1_AbortRunResponse__Output } from '../../drydock/v1/AbortRunResponse.ts';
import type { AddReleaseRequest as _drydock_v1_AddReleaseRequest, AddReleaseRequest__Output as _drydock_v1_AddReleaseRequest__Output } from '../../drydock/v1/AddReleaseRequest.ts';
import type { AddReleaseResponse as _drydock_v1_AddReleaseResponse, AddReleaseResponse__Output as _drydock_v1_AddReleaseResponse__Output } from '../../drydock/v1/AddReleaseResponse.ts';
import type { AdoptClusterRequest as _drydock_v1_AdoptClusterRequest, AdoptClusterRequest__Output as _drydock_v1_AdoptClusterRequest__Output } from '../../drydock/v1/AdoptClusterRequest.ts';
import type { AdoptClusterResponse as _drydock_v1_AdoptClusterResponse, AdoptClusterResponse__Output as _drydock_v1_AdoptClusterResponse__Output } from '../../drydock/v1/AdoptClusterResponse.ts';
import type { AdoptFleetRequest as _drydock_v1_AdoptFleetRequest, AdoptFleetRequest__Output as _drydock_v1_AdoptFleetRequest__Output } from '../../drydock/v1/AdoptFleetRequest.ts';
import type { AdoptFleetResponse as _drydock_v1_AdoptFleetResponse, AdoptFleetResponse__Output as _drydock_v1_AdoptFleetResponse__Output } from '../../drydock/v1/AdoptFleetResponse.ts';
import type { ApprovePlanRequest as _drydock_v1_ApprovePlanRequest, ApprovePlanRequest__Output as _drydock_v1_ApprovePlanRequest__Output } from '../../drydock/v1/ApprovePlanRequest.ts';
import type { ApprovePlanResponse as _drydock_v1_ApprovePlanResponse, ApprovePlanResponse__Output as _drydock_v1_ApprovePlanResponse__Output } from '../../drydock/v1/ApprovePlanResponse.ts';
import type { BackUpStoreRequest as _drydock_v1_BackUpStoreRequest, BackUpStoreRequest__Output as _drydock_v1_BackUpStoreRequest__Output } from '../../drydock/v1/BackUpStoreRequest.ts';
import type { BackUpStoreResponse as _drydock_v1_BackUpStoreResponse, BackUpStoreResponse__Output as _drydock_v1_BackUpStoreResponse__Output } from '../../drydock/v1/BackUpStoreResponse.ts';
import type { BindRoleRequest as _drydock_v1_BindRoleRequest, BindRoleRequest__Output as _drydock_v1_BindRoleRequest__Output } from '../../drydock/v1/BindRoleRequest.ts';
import type { BindRoleResponse as _drydock_v1_BindRoleResponse, BindRoleResponse__Output as _drydock_v1_BindRoleResponse__Output } from '../../drydock/v1/BindRoleResponse.ts';
import type { ConfirmStepRequest as _drydock_v1_ConfirmStepRequest, ConfirmStepRequest__Output as _drydock_v1_ConfirmStepRequest__Output } from '../../drydock/v1/ConfirmStepRequest.ts';
import type { ConfirmStepResponse as _drydock_v1_ConfirmStepResponse, ConfirmStepResponse__Output as _drydock_v1_ConfirmStepResponse__Output } from '../../drydock/v1/ConfirmStepResponse.ts';
import type { CreateTokenRequest as _drydock_v1_CreateTokenRequest, CreateTokenRequest__Output as _drydock_v1_CreateTokenRequest__Output } from '../../drydock/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _drydock_v1_CreateTokenResponse, CreateTokenResponse__Output as _drydock_v1_CreateTokenResponse__Output } from '../../drydock/v1/CreateTokenResponse.ts';
import type { DiffPlansRequest as _drydock_v1_DiffPlansRequest, DiffPlansRequest__Output as _drydock_v1_DiffPlansRequest__Output } from '../../drydock/v1/DiffPlansRequest.ts';
import type { DiffPlansResponse as _drydock_v1_DiffPlansResponse, DiffPlansResponse__Output as _drydock_v1_DiffPlansResponse__Output } from '../../drydock/v1/DiffPlansResponse.ts';
import type { DiffRulesRequest as _drydock_v1_DiffRulesRequest, DiffRulesRequest__Output as _drydock_v1_DiffRulesRequest__Output } from '../../drydock/v1/DiffRulesRequest.ts';
import type { DiffRulesResponse as _drydock_v1_DiffRulesResponse, DiffRulesResponse__Output as _drydock_v1_DiffRulesResponse__Output } from '../../drydock/v1/DiffRulesResponse.ts';
import type { DiscardPlanRequest as _drydock_v1_DiscardPlanRequest, DiscardPlanRequest__Output as _drydock_v1_DiscardPlanRequest__Output } from '../../drydock/v1/DiscardPlanRequest.ts';
import type { DiscardPlanResponse as _drydock_v1_DiscardPlanResponse, DiscardPlanResponse__Output as _drydock_v1_DiscardPlanResponse__Output } from '../../drydock/v1/DiscardPlanResponse.ts';
import type { ExcludeNodeRequest as _drydock_v1_ExcludeNodeRequest, ExcludeNodeRequest__Output as _drydock_v1_ExcludeNodeRequest__Output } from '../../drydock/v1/ExcludeNodeRequest.ts';
import type { ExcludeNodeResponse as _drydock_v1_ExcludeNodeResponse, ExcludeNodeResponse__Output as _drydock_v1_ExcludeNodeResponse__Output } from '../../drydock/v1/ExcludeNodeResponse.ts';
import type { FinalizeRunRequest as _drydock_v1_FinalizeRunRequest, FinalizeRunRequest__Output as _drydock_v1_FinalizeRunRequest__Output } from '../../drydock/v1/FinalizeRunRequest.ts';
import type { FinalizeRunResponse as _drydock_v1_FinalizeRunResponse, FinalizeRunResponse__Output as _drydock_v1_FinalizeRunResponse__Output } from '../../drydock/v1/FinalizeRunResponse.ts';
import type { FindPathRequest as _drydock_v1_FindPathRequest, FindPathRequest__Output as _drydock_v1_FindPathRequest__Output } from '../../drydock/v1/FindPathRequest.ts';
import type { FindPathResponse as _drydock_v1_FindPathResponse, FindPathResponse__Output as _drydock_v1_FindPathResponse__Output } from '../../drydock/v1/FindPathResponse.ts';
import type { ForgetClusterRequest as _drydock_v1_ForgetClusterRequest, ForgetClusterRequest__Output as _drydock_v1_ForgetClusterRequest__Output } from '../../drydock/v1/ForgetClusterRequest.ts';
import type { ForgetClusterResponse as _drydock_v1_ForgetClusterResponse, ForgetClusterResponse__Output as _drydock_v1_ForgetClusterResponse__Output } from '../../drydock/v1/ForgetClusterResponse.ts';
import type { ForgetHostRequest as _drydock_v1_ForgetHostRequest, ForgetHostRequest__Output as _drydock_v1_ForgetHostRequest__Output } from '../../drydock/v1/ForgetHostRequest.ts';
import type { ForgetHostResponse as _drydock_v1_ForgetHostResponse, ForgetHostResponse__Output as _drydock_v1_ForgetHostResponse__Output } from '../../drydock/v1/ForgetHostResponse.ts';
import type { GetClusterRequest as _drydock_v1_GetClusterRequest, GetClusterRequest__Output as _drydock_v1_GetClusterRequest__Output } from '../../drydock/v1/GetClusterRequest.ts';
import type { GetClusterResponse as _drydock_v1_GetClusterResponse, GetClusterResponse__Output as _drydock_v1_GetClusterResponse__Output } from '../../drydock/v1/GetClusterResponse.ts';
import type { GetHostRequest as _drydock_v1_GetHostRequest, GetHostRequest__Output as _drydock_v1_GetHostRequest__Output } from '../../drydock/v1/GetHostRequest.ts';
import type { GetHostResponse as _drydock_v1_GetHostResponse, GetHostResponse__Output as _drydock_v1_GetHostResponse__Output } from '../../drydock/v1/GetHostResponse.ts';
import type { GetPlanRequest as _drydock_v1_GetPlanRequest, GetPlanRequest__Output as _drydock_v1_GetPlanRequest__Output } from '../../drydock/v1/GetPlanRequest.ts';
import type { GetPlanResponse as _drydock_v1_GetPlanResponse, GetPlanResponse__Output as _drydock_v1_GetPlanResponse__Output } from '../../drydock/v1/GetPlanResponse.ts';
import type { GetReportRequest as _drydock_v1_GetReportRequest, GetReportRequest__Output as _drydock_v1_GetReportRequest__Output } from '../../drydock/v1/GetReportRequest.ts';
import type { GetReportResponse as _drydock_v1_GetReportResponse, GetReportResponse__Output as _drydock_v1_GetReportResponse__Output } from '../../drydock/v1/GetReportResponse.ts';
import type { GetRunRequest as _drydock_v1_GetRunRequest, GetRunRequest__Output as _drydock_v1_GetRunRequest__Output } from '../../drydock/v1/GetRunRequest.ts';
import type { GetRunResponse as _drydock_v1_GetRunResponse, GetRunResponse__Output as _drydock_v1_GetRunResponse__Output } from '../../drydock/v1/GetRunResponse.ts';
import type { GetVersionRequest as _drydock_v1_GetVersionRequest, GetVersionRequest__Output as _drydock_v1_GetVersionRequest__Output } from '../../drydock/v1/GetVersionRequest.ts';
import type { GetVersionResponse as _drydock_v1_GetVersionResponse, GetVersionResponse__Output as _drydock_v1_GetVersionResponse__Output } from '../../drydock/v1/GetVersionResponse.ts';
import type { ImportRulesRequest as _drydock_v1_ImportRulesRequest, ImportRulesRequest__Output as _drydock_v1_ImportRulesRequest__Output } from '../../drydock/v1/ImportRulesRequest.ts';
import type { ImportRulesResponse as _drydock_v1_ImportRulesResponse, ImportRulesResponse__Output as _drydock_v1_ImportRulesResponse__Output } from '../../drydock/v1/ImportRulesResponse.ts';
import type { LabelClusterRequest as _drydock_v1_LabelClusterRequest, LabelClusterRequest__Output as _drydock_v1_LabelClusterRequest__Output } from '../../drydock/v1/LabelClusterRequest.ts';
import type { LabelClusterResponse as _drydock_v1_LabelClusterResponse, LabelClusterResponse__Output as _drydock_v1_LabelClusterResponse__Output } from '../../drydock/v1/LabelClusterResponse.ts';
import type { ListAuditRequest as _drydock_v1_ListAuditRequest, ListAuditRequest__Output as _drydock_v1_ListAuditRequest__Output } from '../../drydock/v1/ListAuditRequest.ts';
import type { ListAuditResponse as _drydock_v1_ListAuditResponse, ListAuditResponse__Output as _drydock_v1_ListAuditResponse__Output } from '../../drydock/v1/ListAuditResponse.ts';
import type { ListClustersRequest as _drydock_v1_ListClustersRequest, ListClustersRequest__Output as _drydock_v1_ListClustersRequest__Output } from '../../drydock/v1/ListClustersRequest.ts';
import type { ListClustersResponse as _drydock_v1_ListClustersResponse, ListClustersResponse__Output as _drydock_v1_ListClustersResponse__Output } from '../../drydock/v1/ListClustersResponse.ts';
import type { ListHostsRequest as _drydock_v1_ListHostsRequest, ListHostsRequest__Output as _drydock_v1_ListHostsRequest__Output } from '../../drydock/v1/ListHostsRequest.ts';
import type { ListHostsResponse as _drydock_v1_ListHostsResponse, ListHostsResponse__Output as _drydock_v1_ListHostsResponse__Output } from '../../drydock/v1/ListHostsResponse.ts';
import type { ListIdentitiesRequest as _drydock_v1_ListIdentitiesRequest, ListIdentitiesRequest__Output as _drydock_v1_ListIdentitiesRequest__Output } from '../../drydock/v1/ListIdentitiesRequest.ts';
import type { ListIdentitiesResponse as _drydock_v1_ListIdentitiesResponse, ListIdentitiesResponse__Output as _drydock_v1_ListIdentitiesResponse__Output } from '../../drydock/v1/ListIdentitiesResponse.ts';
import type { ListPlansRequest as _drydock_v1_ListPlansRequest, ListPlansRequest__Output as _drydock_v1_ListPlansRequest__Output } from '../../drydock/v1/ListPlansRequest.ts';
import type { ListPlansResponse as _drydock_v1_ListPlansResponse, ListPlansResponse__Output as _drydock_v1_ListPlansResponse__Output } from '../../drydock/v1/ListPlansResponse.ts';
import type { ListReleasesRequest as _drydock_v1_ListReleasesRequest, ListReleasesRequest__Output as _drydock_v1_ListReleasesRequest__Output } from '../../drydock/v1/ListReleasesRequest.ts';
import type { ListReleasesResponse as _drydock_v1_ListReleasesResponse, ListReleasesResponse__Output as _drydock_v1_ListReleasesResponse__Output } from '../../drydock/v1/ListReleasesResponse.ts';
import type { ListRulesRequest as _drydock_v1_ListRulesRequest, ListRulesRequest__Output as _drydock_v1_ListRulesRequest__Output } from '../../drydock/v1/ListRulesRequest.ts';
import type { ListRulesResponse as _drydock_v1_ListRulesResponse, ListRulesResponse__Output as _drydock_v1_ListRulesResponse__Output } from '../../drydock/v1/ListRulesResponse.ts';
import type { ListRunsRequest as _drydock_v1_ListRunsRequest, ListRunsRequest__Output as _drydock_v1_ListRunsRequest__Output } from '../../drydock/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _drydock_v1_ListRunsResponse, ListRunsResponse__Output as _drydock_v1_ListRunsResponse__Output } from '../../drydock/v1/ListRunsResponse.ts';
import type { ListSnapshotsRequest as _drydock_v1_ListSnapshotsRequest, ListSnapshotsRequest__Output as _drydock_v1_ListSnapshotsRequest__Output } from '../../drydock/v1/ListSnapshotsRequest.ts';
import type { ListSnapshotsResponse as _drydock_v1_ListSnapshotsResponse, ListSnapshotsResponse__Output as _drydock_v1_ListSnapshotsResponse__Output } from '../../drydock/v1/ListSnapshotsResponse.ts';
import type { MakePlanRequest as _drydock_v1_MakePlanRequest, MakePlanRequest__Output as _drydock_v1_MakePlanRequest__Output } from '../../drydock/v1/MakePlanRequest.ts';
import type { MakePlanResponse as _drydock_v1_MakePlanResponse, MakePlanResponse__Output as _drydock_v1_MakePlanResponse__Output } from '../../drydock/v1/MakePlanResponse.ts';
import type { PauseRunRequest as _drydock_v1_PauseRunRequest, PauseRunRequest__Output as _drydock_v1_PauseRunRequest__Output } from '../../drydock/v1/PauseRunRequest.ts';
import type { PauseRunResponse as _drydock_v1_PauseRunResponse, PauseRunResponse__Output as _drydock_v1_PauseRunResponse__Output } from '../../drydock/v1/PauseRunResponse.ts';
import type { ReadDocumentRequest as _drydock_v1_ReadDocumentRequest, ReadDocumentRequest__Output as _drydock_v1_ReadDocumentRequest__Output } from '../../drydock/v1/ReadDocumentRequest.ts';
import type { ReadDocumentResponse as _drydock_v1_ReadDocumentResponse, ReadDocumentResponse__Output as _drydock_v1_ReadDocumentResponse__Output } from '../../drydock/v1/ReadDocumentResponse.ts';
import type { RemoveReleaseRequest as _drydock_v1_RemoveReleaseRequest, RemoveReleaseRequest__Output as _drydock_v1_RemoveReleaseRequest__Output } from '../../drydock/v1/RemoveReleaseRequest.ts';
import type { RemoveReleaseResponse as _drydock_v1_RemoveReleaseResponse, RemoveReleaseResponse__Output as _drydock_v1_RemoveReleaseResponse__Output } from '../../drydock/v1/RemoveReleaseResponse.ts';
import type { RemoveSnapshotRequest as _drydock_v1_RemoveSnapshotRequest, RemoveSnapshotRequest__Output as _drydock_v1_RemoveSnapshotRequest__Output } from '../../drydock/v1/RemoveSnapshotRequest.ts';
import type { RemoveSnapshotResponse as _drydock_v1_RemoveSnapshotResponse, RemoveSnapshotResponse__Output as _drydock_v1_RemoveSnapshotResponse__Output } from '../../drydock/v1/RemoveSnapshotResponse.ts';
import type { ResolveStepRequest as _drydock_v1_ResolveStepRequest, ResolveStepRequest__Output as _drydock_v1_ResolveStepRequest__Output } from '../../drydock/v1/ResolveStepRequest.ts';
import type { ResolveStepResponse as _drydock_v1_ResolveStepResponse, ResolveStepResponse__Output as _drydock_v1_ResolveStepResponse__Output } from '../../drydock/v1/ResolveStepResponse.ts';
import type { ResumeRunRequest as _drydock_v1_ResumeRunRequest, ResumeRunRequest__Output as _drydock_v1_ResumeRunRequest__Output } from '../../drydock/v1/ResumeRunRequest.ts';
import type { ResumeRunResponse as _drydock_v1_ResumeRunResponse, ResumeRunResponse__Output as _drydock_v1_ResumeRunResponse__Output } from '../../drydock/v1/ResumeRunResponse.ts';
import type { RetryStepRequest as _drydock_v1_RetryStepRequest, RetryStepRequest__Output as _drydock_v1_RetryStepRequest__Output } from '../../drydock/v1/RetryStepRequest.ts';
import type { RetryStepResponse as _drydock_v1_RetryStepResponse, RetryStepResponse__Output as _drydock_v1_RetryStepResponse__Output } from '../../drydock/v1/RetryStepResponse.ts';
import type { RevertRulesRequest as _drydock_v1_RevertRulesRequest, RevertRulesRequest__Output as _drydock_v1_RevertRulesRequest__Output } from '../../drydock/v1/RevertRulesRequest.ts';
import type { RevertRulesResponse as _drydock_v1_RevertRulesResponse, RevertRulesResponse__Output as _drydock_v1_RevertRulesResponse__Output } from '../../drydock/v1/RevertRulesResponse.ts';
import type { RevokeIdentityRequest as _drydock_v1_RevokeIdentityRequest, RevokeIdentityRequest__Output as _drydock_v1_RevokeIdentityRequest__Output } from '../../drydock/v1/RevokeIdentityRequest.ts';
import type { RevokeIdentityResponse as _drydock_v1_RevokeIdentityResponse, RevokeIdentityResponse__Output as _drydock_v1_RevokeIdentityResponse__Output } from '../../drydock/v1/RevokeIdentityResponse.ts';
import type { RollbackRunRequest as _drydock_v1_RollbackRunRequest, RollbackRunRequest__Output as _drydock_v1_RollbackRunRequest__Output } from '../../drydock/v1/RollbackRunRequest.ts';
import type { RollbackRunResponse as _drydock_v1_RollbackRunResponse, RollbackRunResponse__Output as _drydock_v1_RollbackRunResponse__Output } from '../../drydock/v1/RollbackRunResponse.ts';
import type { ShowRulesRequest as _drydock_v1_ShowRulesRequest, ShowRulesRequest__Output as _drydock_v1_ShowRulesRequest__Output } from '../../drydock/v1/ShowRulesRequest.ts';
import type { ShowRulesResponse as _drydock_v1_ShowRulesResponse, ShowRulesResponse__Output as _drydock_v1_ShowRulesResponse__Output } from '../../drydock/v1/ShowRulesResponse.ts';
import type { StartRunRequest as _drydock_v1_StartRunRequest, StartRunRequest__Output as _drydock_v1_StartRunRequest__Output } from '../../drydock/v1/StartRunRequest.ts';
import type { StartRunResponse as _drydock_v1_StartRunResponse, StartRunResponse__Output as _drydock_v1_StartRunResponse__Output } from '../../drydock/v1/StartRunResponse.ts';
import type { UnbindRoleRequest as _drydock_v1_UnbindRoleRequest, UnbindRoleRequest__Output as _drydock_v1_UnbindRoleRequest__Output } from '../../drydock/v1/UnbindRoleRequest.ts';
import type { UnbindRoleResponse as _drydock_v1_UnbindRoleResponse, UnbindRoleResponse__Output as _drydock_v1_UnbindRoleResponse__Output } from '../../drydock/v1/UnbindRoleResponse.ts';
import type { VerifyAuditRequest as _drydock_v1_VerifyAuditRequest, VerifyAuditRequest__Output as _drydock_v1_VerifyAuditRequest__Output } from '../../drydock/v1/VerifyAuditRequest.ts';
import type { VerifyAuditResponse as _drydock_v1_VerifyAuditResponse, VerifyAuditResponse__Output as _drydock_v1_VerifyAuditResponse__Output } from '../../drydock/v1/VerifyAuditResponse.ts';
import type { VerifyReleasesRequest as _drydock_v1_VerifyReleasesRequest, VerifyReleasesRequest__Output as _drydock_v1_VerifyReleasesRequest__Output } from '../../drydock/v1/VerifyReleasesRequest.ts';
import type { VerifyReleasesResponse as _drydock_v1_VerifyReleasesResponse, VerifyReleasesResponse__Output as _drydock_v1_VerifyReleasesResponse__Output } from '../../drydock/v1/VerifyReleasesResponse.ts';
import type { WatchRunRequest as _drydock_v1_WatchRunRequest, WatchRunRequest__Output as _drydock_v1_WatchRunRequest__Output } from '../../drydock/v1/WatchRunRequest.ts';
import type { WatchRunResponse as _drydock_v1_WatchRunResponse, WatchRunResponse__Output as _drydock_v1_WatchRunResponse__Output } from '../../drydock/v1/WatchRunResponse.ts';

export interface OperatorClient extends grpc.Client {
  AbortRun(argument: _drydock_v1_AbortRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  AbortRun(argument: _drydock_v1_AbortRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  AbortRun(argument: _drydock_v1_AbortRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  AbortRun(argument: _drydock_v1_AbortRunRequest, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  abortRun(argument: _drydock_v1_AbortRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  abortRun(argument: _drydock_v1_AbortRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  abortRun(argument: _drydock_v1_AbortRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  abortRun(argument: _drydock_v1_AbortRunRequest, callback: grpc.requestCallback<_drydock_v1_AbortRunResponse__Output>): grpc.ClientUnaryCall;
  
  AddRelease(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  AddRelease(metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  AddRelease(options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  AddRelease(callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  addRelease(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  addRelease(metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  addRelease(options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  addRelease(callback: grpc.requestCallback<_drydock_v1_AddReleaseResponse__Output>): grpc.ClientWritableStream<_drydock_v1_AddReleaseRequest>;
  
  AdoptCluster(argument: _drydock_v1_AdoptClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  AdoptCluster(argument: _drydock_v1_AdoptClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  AdoptCluster(argument: _drydock_v1_AdoptClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  AdoptCluster(argument: _drydock_v1_AdoptClusterRequest, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  adoptCluster(argument: _drydock_v1_AdoptClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  adoptCluster(argument: _drydock_v1_AdoptClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  adoptCluster(argument: _drydock_v1_AdoptClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  adoptCluster(argument: _drydock_v1_AdoptClusterRequest, callback: grpc.requestCallback<_drydock_v1_AdoptClusterResponse__Output>): grpc.ClientUnaryCall;
  
  AdoptFleet(argument: _drydock_v1_AdoptFleetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  AdoptFleet(argument: _drydock_v1_AdoptFleetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  AdoptFleet(argument: _drydock_v1_AdoptFleetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  AdoptFleet(argument: _drydock_v1_AdoptFleetRequest, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  adoptFleet(argument: _drydock_v1_AdoptFleetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  adoptFleet(argument: _drydock_v1_AdoptFleetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  adoptFleet(argument: _drydock_v1_AdoptFleetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  adoptFleet(argument: _drydock_v1_AdoptFleetRequest, callback: grpc.requestCallback<_drydock_v1_AdoptFleetResponse__Output>): grpc.ClientUnaryCall;
  
  ApprovePlan(argument: _drydock_v1_ApprovePlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  ApprovePlan(argument: _drydock_v1_ApprovePlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  ApprovePlan(argument: _drydock_v1_ApprovePlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  ApprovePlan(argument: _drydock_v1_ApprovePlanRequest, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  approvePlan(argument: _drydock_v1_ApprovePlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  approvePlan(argument: _drydock_v1_ApprovePlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  approvePlan(argument: _drydock_v1_ApprovePlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  approvePlan(argument: _drydock_v1_ApprovePlanRequest, callback: grpc.requestCallback<_drydock_v1_ApprovePlanResponse__Output>): grpc.ClientUnaryCall;
  
  BackUpStore(argument: _drydock_v1_BackUpStoreRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_BackUpStoreResponse__Output>;
  BackUpStore(argument: _drydock_v1_BackUpStoreRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_BackUpStoreResponse__Output>;
  backUpStore(argument: _drydock_v1_BackUpStoreRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_BackUpStoreResponse__Output>;
  backUpStore(argument: _drydock_v1_BackUpStoreRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_BackUpStoreResponse__Output>;
  
  BindRole(argument: _drydock_v1_BindRoleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  BindRole(argument: _drydock_v1_BindRoleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  BindRole(argument: _drydock_v1_BindRoleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  BindRole(argument: _drydock_v1_BindRoleRequest, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  bindRole(argument: _drydock_v1_BindRoleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  bindRole(argument: _drydock_v1_BindRoleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  bindRole(argument: _drydock_v1_BindRoleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  bindRole(argument: _drydock_v1_BindRoleRequest, callback: grpc.requestCallback<_drydock_v1_BindRoleResponse__Output>): grpc.ClientUnaryCall;
  
  ConfirmStep(argument: _drydock_v1_ConfirmStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  ConfirmStep(argument: _drydock_v1_ConfirmStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  ConfirmStep(argument: _drydock_v1_ConfirmStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  ConfirmStep(argument: _drydock_v1_ConfirmStepRequest, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  confirmStep(argument: _drydock_v1_ConfirmStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  confirmStep(argument: _drydock_v1_ConfirmStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  confirmStep(argument: _drydock_v1_ConfirmStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  confirmStep(argument: _drydock_v1_ConfirmStepRequest, callback: grpc.requestCallback<_drydock_v1_ConfirmStepResponse__Output>): grpc.ClientUnaryCall;
  
  CreateToken(argument: _drydock_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _drydock_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _drydock_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _drydock_v1_CreateTokenRequest, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _drydock_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _drydock_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _drydock_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _drydock_v1_CreateTokenRequest, callback: grpc.requestCallback<_drydock_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  DiffPlans(argument: _drydock_v1_DiffPlansRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  DiffPlans(argument: _drydock_v1_DiffPlansRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  DiffPlans(argument: _drydock_v1_DiffPlansRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  DiffPlans(argument: _drydock_v1_DiffPlansRequest, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  diffPlans(argument: _drydock_v1_DiffPlansRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  diffPlans(argument: _drydock_v1_DiffPlansRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  diffPlans(argument: _drydock_v1_DiffPlansRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  diffPlans(argument: _drydock_v1_DiffPlansRequest, callback: grpc.requestCallback<_drydock_v1_DiffPlansResponse__Output>): grpc.ClientUnaryCall;
  
  DiffRules(argument: _drydock_v1_DiffRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  DiffRules(argument: _drydock_v1_DiffRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  DiffRules(argument: _drydock_v1_DiffRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  DiffRules(argument: _drydock_v1_DiffRulesRequest, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  diffRules(argument: _drydock_v1_DiffRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  diffRules(argument: _drydock_v1_DiffRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  diffRules(argument: _drydock_v1_DiffRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  diffRules(argument: _drydock_v1_DiffRulesRequest, callback: grpc.requestCallback<_drydock_v1_DiffRulesResponse__Output>): grpc.ClientUnaryCall;
  
  DiscardPlan(argument: _drydock_v1_DiscardPlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  DiscardPlan(argument: _drydock_v1_DiscardPlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  DiscardPlan(argument: _drydock_v1_DiscardPlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  DiscardPlan(argument: _drydock_v1_DiscardPlanRequest, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  discardPlan(argument: _drydock_v1_DiscardPlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  discardPlan(argument: _drydock_v1_DiscardPlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  discardPlan(argument: _drydock_v1_DiscardPlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  discardPlan(argument: _drydock_v1_DiscardPlanRequest, callback: grpc.requestCallback<_drydock_v1_DiscardPlanResponse__Output>): grpc.ClientUnaryCall;
  
  ExcludeNode(argument: _drydock_v1_ExcludeNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  ExcludeNode(argument: _drydock_v1_ExcludeNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  ExcludeNode(argument: _drydock_v1_ExcludeNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  ExcludeNode(argument: _drydock_v1_ExcludeNodeRequest, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  excludeNode(argument: _drydock_v1_ExcludeNodeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  excludeNode(argument: _drydock_v1_ExcludeNodeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  excludeNode(argument: _drydock_v1_ExcludeNodeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  excludeNode(argument: _drydock_v1_ExcludeNodeRequest, callback: grpc.requestCallback<_drydock_v1_ExcludeNodeResponse__Output>): grpc.ClientUnaryCall;
  
  FinalizeRun(argument: _drydock_v1_FinalizeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  FinalizeRun(argument: _drydock_v1_FinalizeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  FinalizeRun(argument: _drydock_v1_FinalizeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  FinalizeRun(argument: _drydock_v1_FinalizeRunRequest, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  finalizeRun(argument: _drydock_v1_FinalizeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  finalizeRun(argument: _drydock_v1_FinalizeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  finalizeRun(argument: _drydock_v1_FinalizeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  finalizeRun(argument: _drydock_v1_FinalizeRunRequest, callback: grpc.requestCallback<_drydock_v1_FinalizeRunResponse__Output>): grpc.ClientUnaryCall;
  
  FindPath(argument: _drydock_v1_FindPathRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  FindPath(argument: _drydock_v1_FindPathRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  FindPath(argument: _drydock_v1_FindPathRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  FindPath(argument: _drydock_v1_FindPathRequest, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  findPath(argument: _drydock_v1_FindPathRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  findPath(argument: _drydock_v1_FindPathRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  findPath(argument: _drydock_v1_FindPathRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  findPath(argument: _drydock_v1_FindPathRequest, callback: grpc.requestCallback<_drydock_v1_FindPathResponse__Output>): grpc.ClientUnaryCall;
  
  ForgetCluster(argument: _drydock_v1_ForgetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  ForgetCluster(argument: _drydock_v1_ForgetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  ForgetCluster(argument: _drydock_v1_ForgetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  ForgetCluster(argument: _drydock_v1_ForgetClusterRequest, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  forgetCluster(argument: _drydock_v1_ForgetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  forgetCluster(argument: _drydock_v1_ForgetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  forgetCluster(argument: _drydock_v1_ForgetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  forgetCluster(argument: _drydock_v1_ForgetClusterRequest, callback: grpc.requestCallback<_drydock_v1_ForgetClusterResponse__Output>): grpc.ClientUnaryCall;
  
  ForgetHost(argument: _drydock_v1_ForgetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  ForgetHost(argument: _drydock_v1_ForgetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  ForgetHost(argument: _drydock_v1_ForgetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  ForgetHost(argument: _drydock_v1_ForgetHostRequest, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  forgetHost(argument: _drydock_v1_ForgetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  forgetHost(argument: _drydock_v1_ForgetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  forgetHost(argument: _drydock_v1_ForgetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  forgetHost(argument: _drydock_v1_ForgetHostRequest, callback: grpc.requestCallback<_drydock_v1_ForgetHostResponse__Output>): grpc.ClientUnaryCall;
  
  GetCluster(argument: _drydock_v1_GetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _drydock_v1_GetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _drydock_v1_GetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  GetCluster(argument: _drydock_v1_GetClusterRequest, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _drydock_v1_GetClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _drydock_v1_GetClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _drydock_v1_GetClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  getCluster(argument: _drydock_v1_GetClusterRequest, callback: grpc.requestCallback<_drydock_v1_GetClusterResponse__Output>): grpc.ClientUnaryCall;
  
  GetHost(argument: _drydock_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _drydock_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _drydock_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _drydock_v1_GetHostRequest, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  getHost(argument: _drydock_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  getHost(argument: _drydock_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  getHost(argument: _drydock_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  getHost(argument: _drydock_v1_GetHostRequest, callback: grpc.requestCallback<_drydock_v1_GetHostResponse__Output>): grpc.ClientUnaryCall;
  
  GetPlan(argument: _drydock_v1_GetPlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  GetPlan(argument: _drydock_v1_GetPlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  GetPlan(argument: _drydock_v1_GetPlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  GetPlan(argument: _drydock_v1_GetPlanRequest, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  getPlan(argument: _drydock_v1_GetPlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  getPlan(argument: _drydock_v1_GetPlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  getPlan(argument: _drydock_v1_GetPlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  getPlan(argument: _drydock_v1_GetPlanRequest, callback: grpc.requestCallback<_drydock_v1_GetPlanResponse__Output>): grpc.ClientUnaryCall;
  
  GetReport(argument: _drydock_v1_GetReportRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  GetReport(argument: _drydock_v1_GetReportRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  GetReport(argument: _drydock_v1_GetReportRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  GetReport(argument: _drydock_v1_GetReportRequest, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  getReport(argument: _drydock_v1_GetReportRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  getReport(argument: _drydock_v1_GetReportRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  getReport(argument: _drydock_v1_GetReportRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  getReport(argument: _drydock_v1_GetReportRequest, callback: grpc.requestCallback<_drydock_v1_GetReportResponse__Output>): grpc.ClientUnaryCall;
  
  GetRun(argument: _drydock_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _drydock_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _drydock_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _drydock_v1_GetRunRequest, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _drydock_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _drydock_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _drydock_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _drydock_v1_GetRunRequest, callback: grpc.requestCallback<_drydock_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  
  GetVersion(argument: _drydock_v1_GetVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _drydock_v1_GetVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _drydock_v1_GetVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _drydock_v1_GetVersionRequest, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _drydock_v1_GetVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _drydock_v1_GetVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _drydock_v1_GetVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _drydock_v1_GetVersionRequest, callback: grpc.requestCallback<_drydock_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  
  ImportRules(argument: _drydock_v1_ImportRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  ImportRules(argument: _drydock_v1_ImportRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  ImportRules(argument: _drydock_v1_ImportRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  ImportRules(argument: _drydock_v1_ImportRulesRequest, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  importRules(argument: _drydock_v1_ImportRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  importRules(argument: _drydock_v1_ImportRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  importRules(argument: _drydock_v1_ImportRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  importRules(argument: _drydock_v1_ImportRulesRequest, callback: grpc.requestCallback<_drydock_v1_ImportRulesResponse__Output>): grpc.ClientUnaryCall;
  
  LabelCluster(argument: _drydock_v1_LabelClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  LabelCluster(argument: _drydock_v1_LabelClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  LabelCluster(argument: _drydock_v1_LabelClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  LabelCluster(argument: _drydock_v1_LabelClusterRequest, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  labelCluster(argument: _drydock_v1_LabelClusterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  labelCluster(argument: _drydock_v1_LabelClusterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  labelCluster(argument: _drydock_v1_LabelClusterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  labelCluster(argument: _drydock_v1_LabelClusterRequest, callback: grpc.requestCallback<_drydock_v1_LabelClusterResponse__Output>): grpc.ClientUnaryCall;
  
  ListAudit(argument: _drydock_v1_ListAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _drydock_v1_ListAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _drydock_v1_ListAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _drydock_v1_ListAuditRequest, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _drydock_v1_ListAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _drydock_v1_ListAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _drydock_v1_ListAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _drydock_v1_ListAuditRequest, callback: grpc.requestCallback<_drydock_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  
  ListClusters(argument: _drydock_v1_ListClustersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  ListClusters(argument: _drydock_v1_ListClustersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  ListClusters(argument: _drydock_v1_ListClustersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  ListClusters(argument: _drydock_v1_ListClustersRequest, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  listClusters(argument: _drydock_v1_ListClustersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  listClusters(argument: _drydock_v1_ListClustersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  listClusters(argument: _drydock_v1_ListClustersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  listClusters(argument: _drydock_v1_ListClustersRequest, callback: grpc.requestCallback<_drydock_v1_ListClustersResponse__Output>): grpc.ClientUnaryCall;
  
  ListHosts(argument: _drydock_v1_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _drydock_v1_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _drydock_v1_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _drydock_v1_ListHostsRequest, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _drydock_v1_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _drydock_v1_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _drydock_v1_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _drydock_v1_ListHostsRequest, callback: grpc.requestCallback<_drydock_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  
  ListIdentities(argument: _drydock_v1_ListIdentitiesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  ListIdentities(argument: _drydock_v1_ListIdentitiesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  ListIdentities(argument: _drydock_v1_ListIdentitiesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  ListIdentities(argument: _drydock_v1_ListIdentitiesRequest, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  listIdentities(argument: _drydock_v1_ListIdentitiesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  listIdentities(argument: _drydock_v1_ListIdentitiesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  listIdentities(argument: _drydock_v1_ListIdentitiesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  listIdentities(argument: _drydock_v1_ListIdentitiesRequest, callback: grpc.requestCallback<_drydock_v1_ListIdentitiesResponse__Output>): grpc.ClientUnaryCall;
  
  ListPlans(argument: _drydock_v1_ListPlansRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  ListPlans(argument: _drydock_v1_ListPlansRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  ListPlans(argument: _drydock_v1_ListPlansRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  ListPlans(argument: _drydock_v1_ListPlansRequest, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  listPlans(argument: _drydock_v1_ListPlansRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  listPlans(argument: _drydock_v1_ListPlansRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  listPlans(argument: _drydock_v1_ListPlansRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  listPlans(argument: _drydock_v1_ListPlansRequest, callback: grpc.requestCallback<_drydock_v1_ListPlansResponse__Output>): grpc.ClientUnaryCall;
  
  ListReleases(argument: _drydock_v1_ListReleasesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  ListReleases(argument: _drydock_v1_ListReleasesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  ListReleases(argument: _drydock_v1_ListReleasesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  ListReleases(argument: _drydock_v1_ListReleasesRequest, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  listReleases(argument: _drydock_v1_ListReleasesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  listReleases(argument: _drydock_v1_ListReleasesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  listReleases(argument: _drydock_v1_ListReleasesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  listReleases(argument: _drydock_v1_ListReleasesRequest, callback: grpc.requestCallback<_drydock_v1_ListReleasesResponse__Output>): grpc.ClientUnaryCall;
  
  ListRules(argument: _drydock_v1_ListRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _drydock_v1_ListRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _drydock_v1_ListRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _drydock_v1_ListRulesRequest, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _drydock_v1_ListRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _drydock_v1_ListRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _drydock_v1_ListRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _drydock_v1_ListRulesRequest, callback: grpc.requestCallback<_drydock_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  
  ListRuns(argument: _drydock_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _drydock_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _drydock_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _drydock_v1_ListRunsRequest, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _drydock_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _drydock_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _drydock_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _drydock_v1_ListRunsRequest, callback: grpc.requestCallback<_drydock_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSnapshots(argument: _drydock_v1_ListSnapshotsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _drydock_v1_ListSnapshotsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _drydock_v1_ListSnapshotsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _drydock_v1_ListSnapshotsRequest, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _drydock_v1_ListSnapshotsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _drydock_v1_ListSnapshotsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _drydock_v1_ListSnapshotsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _drydock_v1_ListSnapshotsRequest, callback: grpc.requestCallback<_drydock_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  
  MakePlan(argument: _drydock_v1_MakePlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  MakePlan(argument: _drydock_v1_MakePlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  MakePlan(argument: _drydock_v1_MakePlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  MakePlan(argument: _drydock_v1_MakePlanRequest, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  makePlan(argument: _drydock_v1_MakePlanRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  makePlan(argument: _drydock_v1_MakePlanRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  makePlan(argument: _drydock_v1_MakePlanRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  makePlan(argument: _drydock_v1_MakePlanRequest, callback: grpc.requestCallback<_drydock_v1_MakePlanResponse__Output>): grpc.ClientUnaryCall;
  
  PauseRun(argument: _drydock_v1_PauseRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _drydock_v1_PauseRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _drydock_v1_PauseRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _drydock_v1_PauseRunRequest, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _drydock_v1_PauseRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _drydock_v1_PauseRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _drydock_v1_PauseRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _drydock_v1_PauseRunRequest, callback: grpc.requestCallback<_drydock_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  
  ReadDocument(argument: _drydock_v1_ReadDocumentRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadDocumentResponse__Output>;
  ReadDocument(argument: _drydock_v1_ReadDocumentRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadDocumentResponse__Output>;
  readDocument(argument: _drydock_v1_ReadDocumentRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadDocumentResponse__Output>;
  readDocument(argument: _drydock_v1_ReadDocumentRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_ReadDocumentResponse__Output>;
  
  RemoveRelease(argument: _drydock_v1_RemoveReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  RemoveRelease(argument: _drydock_v1_RemoveReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  RemoveRelease(argument: _drydock_v1_RemoveReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  RemoveRelease(argument: _drydock_v1_RemoveReleaseRequest, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  removeRelease(argument: _drydock_v1_RemoveReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  removeRelease(argument: _drydock_v1_RemoveReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  removeRelease(argument: _drydock_v1_RemoveReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  removeRelease(argument: _drydock_v1_RemoveReleaseRequest, callback: grpc.requestCallback<_drydock_v1_RemoveReleaseResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  RemoveSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  RemoveSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  RemoveSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  removeSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  removeSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  removeSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  removeSnapshot(argument: _drydock_v1_RemoveSnapshotRequest, callback: grpc.requestCallback<_drydock_v1_RemoveSnapshotResponse__Output>): grpc.ClientUnaryCall;
  
  ResolveStep(argument: _drydock_v1_ResolveStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  ResolveStep(argument: _drydock_v1_ResolveStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  ResolveStep(argument: _drydock_v1_ResolveStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  ResolveStep(argument: _drydock_v1_ResolveStepRequest, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  resolveStep(argument: _drydock_v1_ResolveStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  resolveStep(argument: _drydock_v1_ResolveStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  resolveStep(argument: _drydock_v1_ResolveStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  resolveStep(argument: _drydock_v1_ResolveStepRequest, callback: grpc.requestCallback<_drydock_v1_ResolveStepResponse__Output>): grpc.ClientUnaryCall;
  
  ResumeRun(argument: _drydock_v1_ResumeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _drydock_v1_ResumeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _drydock_v1_ResumeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _drydock_v1_ResumeRunRequest, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _drydock_v1_ResumeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _drydock_v1_ResumeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _drydock_v1_ResumeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _drydock_v1_ResumeRunRequest, callback: grpc.requestCallback<_drydock_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  
  RetryStep(argument: _drydock_v1_RetryStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  RetryStep(argument: _drydock_v1_RetryStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  RetryStep(argument: _drydock_v1_RetryStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  RetryStep(argument: _drydock_v1_RetryStepRequest, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  retryStep(argument: _drydock_v1_RetryStepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  retryStep(argument: _drydock_v1_RetryStepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  retryStep(argument: _drydock_v1_RetryStepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  retryStep(argument: _drydock_v1_RetryStepRequest, callback: grpc.requestCallback<_drydock_v1_RetryStepResponse__Output>): grpc.ClientUnaryCall;
  
  RevertRules(argument: _drydock_v1_RevertRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  RevertRules(argument: _drydock_v1_RevertRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  RevertRules(argument: _drydock_v1_RevertRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  RevertRules(argument: _drydock_v1_RevertRulesRequest, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  revertRules(argument: _drydock_v1_RevertRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  revertRules(argument: _drydock_v1_RevertRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  revertRules(argument: _drydock_v1_RevertRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  revertRules(argument: _drydock_v1_RevertRulesRequest, callback: grpc.requestCallback<_drydock_v1_RevertRulesResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  RevokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  RevokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  RevokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  revokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  revokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  revokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  revokeIdentity(argument: _drydock_v1_RevokeIdentityRequest, callback: grpc.requestCallback<_drydock_v1_RevokeIdentityResponse__Output>): grpc.ClientUnaryCall;
  
  RollbackRun(argument: _drydock_v1_RollbackRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  RollbackRun(argument: _drydock_v1_RollbackRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  RollbackRun(argument: _drydock_v1_RollbackRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  RollbackRun(argument: _drydock_v1_RollbackRunRequest, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  rollbackRun(argument: _drydock_v1_RollbackRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  rollbackRun(argument: _drydock_v1_RollbackRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  rollbackRun(argument: _drydock_v1_RollbackRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  rollbackRun(argument: _drydock_v1_RollbackRunRequest, callback: grpc.requestCallback<_drydock_v1_RollbackRunResponse__Output>): grpc.ClientUnaryCall;
  
  ShowRules(argument: _drydock_v1_ShowRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  ShowRules(argument: _drydock_v1_ShowRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  ShowRules(argument: _drydock_v1_ShowRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  ShowRules(argument: _drydock_v1_ShowRulesRequest, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  showRules(argument: _drydock_v1_ShowRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  showRules(argument: _drydock_v1_ShowRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  showRules(argument: _drydock_v1_ShowRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  showRules(argument: _drydock_v1_ShowRulesRequest, callback: grpc.requestCallback<_drydock_v1_ShowRulesResponse__Output>): grpc.ClientUnaryCall;
  
  StartRun(argument: _drydock_v1_StartRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  StartRun(argument: _drydock_v1_StartRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  StartRun(argument: _drydock_v1_StartRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  StartRun(argument: _drydock_v1_StartRunRequest, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  startRun(argument: _drydock_v1_StartRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  startRun(argument: _drydock_v1_StartRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  startRun(argument: _drydock_v1_StartRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  startRun(argument: _drydock_v1_StartRunRequest, callback: grpc.requestCallback<_drydock_v1_StartRunResponse__Output>): grpc.ClientUnaryCall;
  
  UnbindRole(argument: _drydock_v1_UnbindRoleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  UnbindRole(argument: _drydock_v1_UnbindRoleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  UnbindRole(argument: _drydock_v1_UnbindRoleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  UnbindRole(argument: _drydock_v1_UnbindRoleRequest, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  unbindRole(argument: _drydock_v1_UnbindRoleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  unbindRole(argument: _drydock_v1_UnbindRoleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  unbindRole(argument: _drydock_v1_UnbindRoleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  unbindRole(argument: _drydock_v1_UnbindRoleRequest, callback: grpc.requestCallback<_drydock_v1_UnbindRoleResponse__Output>): grpc.ClientUnaryCall;
  
  VerifyAudit(argument: _drydock_v1_VerifyAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _drydock_v1_VerifyAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _drydock_v1_VerifyAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _drydock_v1_VerifyAuditRequest, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _drydock_v1_VerifyAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _drydock_v1_VerifyAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _drydock_v1_VerifyAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _drydock_v1_VerifyAuditRequest, callback: grpc.requestCallback<_drydock_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  
  VerifyReleases(argument: _drydock_v1_VerifyReleasesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  VerifyReleases(argument: _drydock_v1_VerifyReleasesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  VerifyReleases(argument: _drydock_v1_VerifyReleasesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  VerifyReleases(argument: _drydock_v1_VerifyReleasesRequest, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  verifyReleases(argument: _drydock_v1_VerifyReleasesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  verifyReleases(argument: _drydock_v1_VerifyReleasesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  verifyReleases(argument: _drydock_v1_VerifyReleasesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  verifyReleases(argument: _drydock_v1_VerifyReleasesRequest, callback: grpc.requestCallback<_drydock_v1_VerifyReleasesResponse__Output>): grpc.ClientUnaryCall;
  
  WatchRun(argument: _drydock_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_WatchRunResponse__Output>;
  WatchRun(argument: _drydock_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_WatchRunResponse__Output>;
  watchRun(argument: _drydock_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_WatchRunResponse__Output>;
  watchRun(argument: _drydock_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_drydock_v1_WatchRunResponse__Output>;
  
}

export interface OperatorHandlers extends grpc.UntypedServiceImplementation {
  AbortRun: grpc.handleUnaryCall<_drydock_v1_AbortRunRequest__Output, _drydock_v1_AbortRunResponse>;
  
  AddRelease: grpc.handleClientStreamingCall<_drydock_v1_AddReleaseRequest__Output, _drydock_v1_AddReleaseResponse>;
  
  AdoptCluster: grpc.handleUnaryCall<_drydock_v1_AdoptClusterRequest__Output, _drydock_v1_AdoptClusterResponse>;
  
  AdoptFleet: grpc.handleUnaryCall<_drydock_v1_AdoptFleetRequest__Output, _drydock_v1_AdoptFleetResponse>;
  
  ApprovePlan: grpc.handleUnaryCall<_drydock_v1_ApprovePlanRequest__Output, _drydock_v1_ApprovePlanResponse>;
  
  BackUpStore: grpc.handleServerStreamingCall<_drydock_v1_BackUpStoreRequest__Output, _drydock_v1_BackUpStoreResponse>;
  
  BindRole: grpc.handleUnaryCall<_drydock_v1_BindRoleRequest__Output, _drydock_v1_BindRoleResponse>;
  
  ConfirmStep: grpc.handleUnaryCall<_drydock_v1_ConfirmStepRequest__Output, _drydock_v1_ConfirmStepResponse>;
  
  CreateToken: grpc.handleUnaryCall<_drydock_v1_CreateTokenRequest__Output, _drydock_v1_CreateTokenResponse>;
  
  DiffPlans: grpc.handleUnaryCall<_drydock_v1_DiffPlansRequest__Output, _drydock_v1_DiffPlansResponse>;
  
  DiffRules: grpc.handleUnaryCall<_drydock_v1_DiffRulesRequest__Output, _drydock_v1_DiffRulesResponse>;
  
  DiscardPlan: grpc.handleUnaryCall<_drydock_v1_DiscardPlanRequest__Output, _drydock_v1_DiscardPlanResponse>;
  
  ExcludeNode: grpc.handleUnaryCall<_drydock_v1_ExcludeNodeRequest__Output, _drydock_v1_ExcludeNodeResponse>;
  
  FinalizeRun: grpc.handleUnaryCall<_drydock_v1_FinalizeRunRequest__Output, _drydock_v1_FinalizeRunResponse>;
  
  FindPath: grpc.handleUnaryCall<_drydock_v1_FindPathRequest__Output, _drydock_v1_FindPathResponse>;
  
  ForgetCluster: grpc.handleUnaryCall<_drydock_v1_ForgetClusterRequest__Output, _drydock_v1_ForgetClusterResponse>;
  
  ForgetHost: grpc.handleUnaryCall<_drydock_v1_ForgetHostRequest__Output, _drydock_v1_ForgetHostResponse>;
  
  GetCluster: grpc.handleUnaryCall<_drydock_v1_GetClusterRequest__Output, _drydock_v1_GetClusterResponse>;
  
  GetHost: grpc.handleUnaryCall<_drydock_v1_GetHostRequest__Output, _drydock_v1_GetHostResponse>;
  
  GetPlan: grpc.handleUnaryCall<_drydock_v1_GetPlanRequest__Output, _drydock_v1_GetPlanResponse>;
  
  GetReport: grpc.handleUnaryCall<_drydock_v1_GetReportRequest__Output, _drydock_v1_GetReportResponse>;
  
  GetRun: grpc.handleUnaryCall<_drydock_v1_GetRunRequest__Output, _drydock_v1_GetRunResponse>;
  
  GetVersion: grpc.handleUnaryCall<_drydock_v1_GetVersionRequest__Output, _drydock_v1_GetVersionResponse>;
  
  ImportRules: grpc.handleUnaryCall<_drydock_v1_ImportRulesRequest__Output, _drydock_v1_ImportRulesResponse>;
  
  LabelCluster: grpc.handleUnaryCall<_drydock_v1_LabelClusterRequest__Output, _drydock_v1_LabelClusterResponse>;
  
  ListAudit: grpc.handleUnaryCall<_drydock_v1_ListAuditRequest__Output, _drydock_v1_ListAuditResponse>;
  
  ListClusters: grpc.handleUnaryCall<_drydock_v1_ListClustersRequest__Output, _drydock_v1_ListClustersResponse>;
  
  ListHosts: grpc.handleUnaryCall<_drydock_v1_ListHostsRequest__Output, _drydock_v1_ListHostsResponse>;
  
  ListIdentities: grpc.handleUnaryCall<_drydock_v1_ListIdentitiesRequest__Output, _drydock_v1_ListIdentitiesResponse>;
  
  ListPlans: grpc.handleUnaryCall<_drydock_v1_ListPlansRequest__Output, _drydock_v1_ListPlansResponse>;
  
  ListReleases: grpc.handleUnaryCall<_drydock_v1_ListReleasesRequest__Output, _drydock_v1_ListReleasesResponse>;
  
  ListRules: grpc.handleUnaryCall<_drydock_v1_ListRulesRequest__Output, _drydock_v1_ListRulesResponse>;
  
  ListRuns: grpc.handleUnaryCall<_drydock_v1_ListRunsRequest__Output, _drydock_v1_ListRunsResponse>;
  
  ListSnapshots: grpc.handleUnaryCall<_drydock_v1_ListSnapshotsRequest__Output, _drydock_v1_ListSnapshotsResponse>;
  
  MakePlan: grpc.handleUnaryCall<_drydock_v1_MakePlanRequest__Output, _drydock_v1_MakePlanResponse>;
  
  PauseRun: grpc.handleUnaryCall<_drydock_v1_PauseRunRequest__Output, _drydock_v1_PauseRunResponse>;
  
  ReadDocument: grpc.handleServerStreamingCall<_drydock_v1_ReadDocumentRequest__Output, _drydock_v1_ReadDocumentResponse>;
  
  RemoveRelease: grpc.handleUnaryCall<_drydock_v1_RemoveReleaseRequest__Output, _drydock_v1_RemoveReleaseResponse>;
  
  RemoveSnapshot: grpc.handleUnaryCall<_drydock_v1_RemoveSnapshotRequest__Output, _drydock_v1_RemoveSnapshotResponse>;
  
  ResolveStep: grpc.handleUnaryCall<_drydock_v1_ResolveStepRequest__Output, _drydock_v1_ResolveStepResponse>;
  
  ResumeRun: grpc.handleUnaryCall<_drydock_v1_ResumeRunRequest__Output, _drydock_v1_ResumeRunResponse>;
  
  RetryStep: grpc.handleUnaryCall<_drydock_v1_RetryStepRequest__Output, _drydock_v1_RetryStepResponse>;
  
  RevertRules: grpc.handleUnaryCall<_drydock_v1_RevertRulesRequest__Output, _drydock_v1_RevertRulesResponse>;
  
  RevokeIdentity: grpc.handleUnaryCall<_drydock_v1_RevokeIdentityRequest__Output, _drydock_v1_RevokeIdentityResponse>;
  
  RollbackRun: grpc.handleUnaryCall<_drydock_v1_RollbackRunRequest__Output, _drydock_v1_RollbackRunResponse>;
  
  ShowRules: grpc.handleUnaryCall<_drydock_v1_ShowRulesRequest__Output, _drydock_v1_ShowRulesResponse>;
  
  StartRun: grpc.handleUnaryCall<_drydock_v1_StartRunRequest__Output, _drydock_v1_StartRunResponse>;
  
  UnbindRole: grpc.handleUnaryCall<_drydock_v1_UnbindRoleRequest__Output, _drydock_v1_UnbindRoleResponse>;
  
  VerifyAudit: grpc.handleUnaryCall<_drydock_v1_VerifyAuditRequest__Output, _drydock_v1_VerifyAuditResponse>;
  
  VerifyReleases: grpc.handleUnaryCall<_drydock_v1_VerifyReleasesRequest__Output, _drydock_v1_VerifyReleasesResponse>;
  
  WatchRun: grpc.handleServerStreamingCall<_drydock_v1_WatchRunRequest__Output, _drydock_v1_WatchRunResponse>;
  
}

export interface OperatorDefinition extends grpc.ServiceDefinition {
  AbortRun: MethodDefinition<_drydock_v1_AbortRunRequest, _drydock_v1_AbortRunResponse, _drydock_v1_AbortRunRequest__Output, _drydock_v1_AbortRunResponse__Output>
  AddRelease: MethodDefinition<_drydock_v1_AddReleaseRequest, _drydock_v1_AddReleaseResponse, _drydock_v1_AddReleaseRequest__Output, _drydock_v1_AddReleaseResponse__Output>
  AdoptCluster: MethodDefinition<_drydock_v1_AdoptClusterRequest, _drydock_v1_AdoptClusterResponse, _drydock_v1_AdoptClusterRequest__Output, _drydock_v1_AdoptClusterResponse__Output>
  AdoptFleet: MethodDefinition<_drydock_v1_AdoptFleetRequest, _drydock_v1_AdoptFleetResponse, _drydock_v1_AdoptFleetRequest__Output, _drydock_v1_AdoptFleetResponse__Output>
  ApprovePlan: MethodDefinition<_drydock_v1_ApprovePlanRequest, _drydock_v1_ApprovePlanResponse, _drydock_v1_ApprovePlanRequest__Output, _drydock_v1_ApprovePlanResponse__Output>
  BackUpStore: MethodDefinition<_drydock_v1_BackUpStoreRequest, _drydock_v1_BackUpStoreResponse, _drydock_v1_BackUpStoreRequest__Output, _drydock_v1_BackUpStoreResponse__Output>
  BindRole: MethodDefinition<_drydock_v1_BindRoleRequest, _drydock_v1_BindRoleResponse, _drydock_v1_BindRoleRequest__Output, _drydock_v1_BindRoleResponse__Output>
  ConfirmStep: MethodDefinition<_drydock_v1_ConfirmStepRequest, _drydock_v1_ConfirmStepResponse, _drydock_v1_ConfirmStepRequest__Output, _drydock_v1_ConfirmStepResponse__Output>
  CreateToken: MethodDefinition<_drydock_v1_CreateTokenRequest, _drydock_v1_CreateTokenResponse, _drydock_v1_CreateTokenRequest__Output, _drydock_v1_CreateTokenResponse__Output>
  DiffPlans: MethodDefinition<_drydock_v1_DiffPlansRequest, _drydock_v1_DiffPlansResponse, _drydock_v1_DiffPlansRequest__Output, _drydock_v1_DiffPlansResponse__Output>
  DiffRules: MethodDefinition<_drydock_v1_DiffRulesRequest, _drydock_v1_DiffRulesResponse, _drydock_v1_DiffRulesRequest__Output, _drydock_v1_DiffRulesResponse__Output>
  DiscardPlan: MethodDefinition<_drydock_v1_DiscardPlanRequest, _drydock_v1_DiscardPlanResponse, _drydock_v1_DiscardPlanRequest__Output, _drydock_v1_DiscardPlanResponse__Output>
  ExcludeNode: MethodDefinition<_drydock_v1_ExcludeNodeRequest, _drydock_v1_ExcludeNodeResponse, _drydock_v1_ExcludeNodeRequest__Output, _drydock_v1_ExcludeNodeResponse__Output>
  FinalizeRun: MethodDefinition<_drydock_v1_FinalizeRunRequest, _drydock_v1_FinalizeRunResponse, _drydock_v1_FinalizeRunRequest__Output, _drydock_v1_FinalizeRunResponse__Output>
  FindPath: MethodDefinition<_drydock_v1_FindPathRequest, _drydock_v1_FindPathResponse, _drydock_v1_FindPathRequest__Output, _drydock_v1_FindPathResponse__Output>
  ForgetCluster: MethodDefinition<_drydock_v1_ForgetClusterRequest, _drydock_v1_ForgetClusterResponse, _drydock_v1_ForgetClusterRequest__Output, _drydock_v1_ForgetClusterResponse__Output>
  ForgetHost: MethodDefinition<_drydock_v1_ForgetHostRequest, _drydock_v1_ForgetHostResponse, _drydock_v1_ForgetHostRequest__Output, _drydock_v1_ForgetHostResponse__Output>
  GetCluster: MethodDefinition<_drydock_v1_GetClusterRequest, _drydock_v1_GetClusterResponse, _drydock_v1_GetClusterRequest__Output, _drydock_v1_GetClusterResponse__Output>
  GetHost: MethodDefinition<_drydock_v1_GetHostRequest, _drydock_v1_GetHostResponse, _drydock_v1_GetHostRequest__Output, _drydock_v1_GetHostResponse__Output>
  GetPlan: MethodDefinition<_drydock_v1_GetPlanRequest, _drydock_v1_GetPlanResponse, _drydock_v1_GetPlanRequest__Output, _drydock_v1_GetPlanResponse__Output>
  GetReport: MethodDefinition<_drydock_v1_GetReportRequest, _drydock_v1_GetReportResponse, _drydock_v1_GetReportRequest__Output, _drydock_v1_GetReportResponse__Output>
  GetRun: MethodDefinition<_drydock_v1_GetRunRequest, _drydock_v1_GetRunResponse, _drydock_v1_GetRunRequest__Output, _drydock_v1_GetRunResponse__Output>
  GetVersion: MethodDefinition<_drydock_v1_GetVersionRequest, _drydock_v1_GetVersionResponse, _drydock_v1_GetVersionRequest__Output, _drydock_v1_GetVersionResponse__Output>
  ImportRules: MethodDefinition<_drydock_v1_ImportRulesRequest, _drydock_v1_ImportRulesResponse, _drydock_v1_ImportRulesRequest__Output, _drydock_v1_ImportRulesResponse__Output>
  LabelCluster: MethodDefinition<_drydock_v1_LabelClusterRequest, _drydock_v1_LabelClusterResponse, _drydock_v1_LabelClusterRequest__Output, _drydock_v1_LabelClusterResponse__Output>
  ListAudit: MethodDefinition<_drydock_v1_ListAuditRequest, _drydock_v1_ListAuditResponse, _drydock_v1_ListAuditRequest__Output, _drydock_v1_ListAuditResponse__Output>
  ListClusters: MethodDefinition<_drydock_v1_ListClustersRequest, _drydock_v1_ListClustersResponse, _drydock_v1_ListClustersRequest__Output, _drydock_v1_ListClustersResponse__Output>
  ListHosts: MethodDefinition<_drydock_v1_ListHostsRequest, _drydock_v1_ListHostsResponse, _drydock_v1_ListHostsRequest__Output, _drydock_v1_ListHostsResponse__Output>
  ListIdentities: MethodDefinition<_drydock_v1_ListIdentitiesRequest, _drydock_v1_ListIdentitiesResponse, _drydock_v1_ListIdentitiesRequest__Output, _drydock_v1_ListIdentitiesResponse__Output>
  ListPlans: MethodDefinition<_drydock_v1_ListPlansRequest, _drydock_v1_ListPlansResponse, _drydock_v1_ListPlansRequest__Output, _drydock_v1_ListPlansResponse__Output>
  ListReleases: MethodDefinition<_drydock_v1_ListReleasesRequest, _drydock_v1_ListReleasesResponse, _drydock_v1_ListReleasesRequest__Output, _drydock_v1_ListReleasesResponse__Output>
  ListRules: MethodDefinition<_drydock_v1_ListRulesRequest, _drydock_v1_ListRulesResponse, _drydock_v1_ListRulesRequest__Output, _drydock_v1_ListRulesResponse__Output>
  ListRuns: MethodDefinition<_drydock_v1_ListRunsRequest, _drydock_v1_ListRunsResponse, _drydock_v1_ListRunsRequest__Output, _drydock_v1_ListRunsResponse__Output>
  ListSnapshots: MethodDefinition<_drydock_v1_ListSnapshotsRequest, _drydock_v1_ListSnapshotsResponse, _drydock_v1_ListSnapshotsRequest__Output, _drydock_v1_ListSnapshotsResponse__Output>
  MakePlan: MethodDefinition<_drydock_v1_MakePlanRequest, _drydock_v1_MakePlanResponse, _drydock_v1_MakePlanRequest__Output, _drydock_v1_MakePlanResponse__Output>
  PauseRun: MethodDefinition<_drydock_v1_PauseRunRequest, _drydock_v1_PauseRunResponse, _drydock_v1_PauseRunRequest__Output, _drydock_v1_PauseRunResponse__Output>
  ReadDocument: MethodDefinition<_drydock_v1_ReadDocumentRequest, _drydock_v1_ReadDocumentResponse, _drydock_v1_ReadDocumentRequest__Output, _drydock_v1_ReadDocumentResponse__Output>
  RemoveRelease: MethodDefinition<_drydock_v1_RemoveReleaseRequest, _drydock_v1_RemoveReleaseResponse, _drydock_v1_RemoveReleaseRequest__Output, _drydock_v1_RemoveReleaseResponse__Output>
  RemoveSnapshot: MethodDefinition<_drydock_v1_RemoveSnapshotRequest, _drydock_v1_RemoveSnapshotResponse, _drydock_v1_RemoveSnapshotRequest__Output, _drydock_v1_RemoveSnapshotResponse__Output>
  ResolveStep: MethodDefinition<_drydock_v1_ResolveStepRequest, _drydock_v1_ResolveStepResponse, _drydock_v1_ResolveStepRequest__Output, _drydock_v1_ResolveStepResponse__Output>
  ResumeRun: MethodDefinition<_drydock_v1_ResumeRunRequest, _drydock_v1_ResumeRunResponse, _drydock_v1_ResumeRunRequest__Output, _drydock_v1_ResumeRunResponse__Output>
  RetryStep: MethodDefinition<_drydock_v1_RetryStepRequest, _drydock_v1_RetryStepResponse, _drydock_v1_RetryStepRequest__Output, _drydock_v1_RetryStepResponse__Output>
  RevertRules: MethodDefinition<_drydock_v1_RevertRulesRequest, _drydock_v1_RevertRulesResponse, _drydock_v1_RevertRulesRequest__Output, _drydock_v1_RevertRulesResponse__Output>
  RevokeIdentity: MethodDefinition<_drydock_v1_RevokeIdentityRequest, _drydock_v1_RevokeIdentityResponse, _drydock_v1_RevokeIdentityRequest__Output, _drydock_v1_RevokeIdentityResponse__Output>
  RollbackRun: MethodDefinition<_drydock_v1_RollbackRunRequest, _drydock_v1_RollbackRunResponse, _drydock_v1_RollbackRunRequest__Output, _drydock_v1_RollbackRunResponse__Output>
  ShowRules: MethodDefinition<_drydock_v1_ShowRulesRequest, _drydock_v1_ShowRulesResponse, _drydock_v1_ShowRulesRequest__Output, _drydock_v1_ShowRulesResponse__Output>
  StartRun: MethodDefinition<_drydock_v1_StartRunRequest, _drydock_v1_StartRunResponse, _drydock_v1_StartRunRequest__Output, _drydock_v1_StartRunResponse__Output>
  UnbindRole: MethodDefinition<_drydock_v1_UnbindRoleRequest, _drydock_v1_UnbindRoleResponse, _drydock_v1_UnbindRoleRequest__Output, _drydock_v1_UnbindRoleResponse__Output>
  VerifyAudit: MethodDefinition<_drydock_v1_VerifyAuditRequest, _drydock_v1_VerifyAuditResponse, _drydock_v1_VerifyAuditRequest__Output, _drydock_v1_VerifyAuditResponse__Output>
  VerifyReleases: MethodDefinition<_drydock_v1_VerifyReleasesRequest, _drydock_v1_VerifyReleasesResponse, _drydock_v1_VerifyReleasesRequest__Output, _drydock_v1_VerifyReleasesResponse__Output>
  WatchRun: MethodDefinition<_drydock_v1_WatchRunRequest, _drydock_v1_WatchRunResponse, _drydock_v1_WatchRunRequest__Output, _drydock_v1_WatchRunResponse__Output>
}
