/** Everything that people and scripts can ask, as typed functions: the gRPC service and any later door go through these. */

import type { AdoptionOperations, BackupOperations, IdentityOperations } from './administration.ts';
import type { AuditOperations } from './audit.ts';
import type { ClusterOperations } from './clusters.ts';
import type { HostOperations } from './hosts.ts';
import type { PlanOperations } from './plans.ts';
import type { ReleaseOperations } from './releases.ts';
import type { RuleOperations } from './rules.ts';
import type { RunOperations } from './runs.ts';
import type { SnapshotOperations } from './snapshots.ts';

export interface Operations {
  readonly adoption: AdoptionOperations;
  readonly backups: BackupOperations;
  readonly clusters: ClusterOperations;
  readonly hosts: HostOperations;
  readonly identities: IdentityOperations;
  readonly releases: ReleaseOperations;
  readonly snapshots: SnapshotOperations;
  readonly rules: RuleOperations;
  readonly plans: PlanOperations;
  readonly runs: RunOperations;
  readonly audit: AuditOperations;
  /** Of the controller itself. */
  readonly version: string;
  /** A request with whole ids in the place of their beginnings. */
  readonly wholeIds: <Asked extends object>(asked: Asked) => Promise<Asked>;
}
