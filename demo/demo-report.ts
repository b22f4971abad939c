/** What `--report FILE` writes, and whether all of it came out right. */
import type { ReportDocument } from '../common/documents/runs.ts';
import { stateText } from '../common/run-state.ts';
import type { ClientsReport } from './clients/ledger.ts';

export interface BrakeReport {
  /** What was rolled back: the broken release. */
  readonly what: string;
  readonly state: string;
  readonly reason: string | null;
  /** Observed after the brake: every member in service, none on the refused release. */
  readonly clusterHealthy: boolean;
}

export interface DemoReport<Figures extends ClientsReport = ClientsReport> {
  readonly run: Pick<ReportDocument['run'], 'id' | 'state' | 'from' | 'to' | 'startedAt' | 'endedAt'>;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly downtimeMs: number | null;
    readonly steps: readonly { readonly name: string; readonly ms: number }[];
  }[];
  readonly clients: Figures;
  readonly brake: BrakeReport;
}

/** `clients` are the figures of the whole play, the brake included. */
export function demoReport<Figures extends ClientsReport>(
  upgrade: ReportDocument,
  clients: Figures,
  brake: BrakeReport,
): DemoReport<Figures> {
  const { id, state, from, to, startedAt, endedAt } = upgrade.run;
  return {
    run: { id, state, from, to, startedAt, endedAt },
    nodes: upgrade.nodes.map(({ instance, role, downtimeMs, steps }) => ({
      name: instance,
      role,
      downtimeMs: downtimeMs === null ? null : rounded(downtimeMs),
      steps: steps.map(({ name, ms }) => ({ name, ms: rounded(ms) })),
    })),
    clients,
    brake,
  };
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;

export interface Verdict {
  readonly good: boolean;
  readonly text: string;
}

/** Each promise of the demo with whether it was kept. */
export function verdictsOn({ run, nodes, clients, brake }: DemoReport): readonly Verdict[] {
  const members = new Set(nodes.map(({ name }) => name)).size; // a node has its line in each hop
  return [
    { good: run.state === 'done' && members > 0, text: `${members} nodes went from ${run.from} to ${run.to}: ${stateText(run.state)}` },
    {
      good: clients.lost === 0 && clients.acknowledged > 0,
      text: `${clients.acknowledged} writes acknowledged and read back, acknowledged writes lost: ${clients.lost}`,
    },
    {
      good: brake.state === 'rolled-back',
      text: `${brake.what}: ${stateText(brake.state)}${brake.reason === null ? '' : ` (${brake.reason})`}`,
    },
    { good: brake.clusterHealthy, text: `cluster ${brake.clusterHealthy ? 'healthy' : 'not healthy'} afterwards` },
  ];
}
