/** Everything that people and scripts can ask, as typed functions: the gRPC service and any later door go through these. */
import type { PlanUseCases } from '../planner/use-cases.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import type { RunUseCases } from '../sequencer/use-cases.ts';
import type { AuditUseCases } from './audit.ts';
import type { BackupUseCases } from './backups.ts';
import type { ClusterUseCases } from './clusters.ts';
import type { HostUseCases } from './hosts.ts';
import type { ReleaseUseCases } from './releases.ts';
import type { RuleUseCases } from './rules.ts';
import type { SnapshotUseCases } from './snapshots.ts';

export interface UseCases {
  readonly adoption: Pick<Sequencer, 'adoptFleet'>;
  readonly backups: BackupUseCases;
  readonly clusters: ClusterUseCases;
  readonly hosts: HostUseCases;
  readonly releases: ReleaseUseCases;
  readonly snapshots: SnapshotUseCases;
  readonly rules: RuleUseCases;
  readonly plans: PlanUseCases;
  readonly runs: RunUseCases;
  readonly audit: AuditUseCases;
  /** Of the controller itself. */
  readonly version: string;
  /** A request with whole ids in the place of their beginnings. */
  readonly wholeIds: <Asked extends object>(asked: Asked) => Promise<Asked>;
}
