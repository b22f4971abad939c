/** Names that the controller knows, for a command line that is being typed. It is given a second: who presses a key does not wait longer. */
import type {
  ClusterDocument,
  ClusterListDocument,
  HostListDocument,
  ReleaseListDocument,
  SnapshotListDocument,
} from '../../common/documents/fleet.ts';
import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RulePackListDocument } from '../../common/documents/rules.ts';
import type { RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { OperatorLink } from '../client.ts';
import { documentOf } from '../documents.ts';
import { rowsOf } from '../pages.ts';
import { readPersonal } from '../personal-settings.ts';
import { controllerPlace, identityAt, type Session } from '../session.ts';
import type { Candidate, NameKind, TypedLine } from './line.ts';

const limitMs = 1000;
/** More than anybody reads; a fleet of thousands must not fill a terminal. */
const mostNames = 500;

/** Names of this kind, none when the controller is away, slow or refuses. Never throws for that. */
export async function namesOf(session: Session, kind: NameKind, line: TypedLine): Promise<readonly Candidate[]> {
  try {
    if (kind === 'file') return [];
    if (kind === 'engine') return [...(await import('../../engines/schemes.ts')).schemes.keys()].map(bare);
    if (kind === 'context') return await contextNames(session);
    return await askedWithin(session, (link) => askers[kind](link, line));
  } catch {
    return [];
  }
}

type Asker = (link: OperatorLink, line: TypedLine) => Promise<readonly Candidate[]>;

const askers: Readonly<Record<Exclude<NameKind, 'file' | 'engine' | 'context'>, Asker>> = {
  cluster: async (link) => {
    const { rows } = await rowsOf(mostNames, async (pageSize, after) => {
      const page = await link.ask('ListClusters', { pageSize, after });
      return { rows: documentOf<ClusterListDocument>(page.clusters, 'clusters').clusters, nextAfter: page.nextAfter };
    });
    return rows.map(({ cluster, engine, versions }) => ({ word: cluster, about: `${engine} ${versions.join(', ')}` }));
  },
  host: async (link) =>
    (await hosts(link)).map(({ host, instances }) => ({ word: host, about: instances.map((each) => each.instance).join(', ') })),
  node: async (link, { operands }) => {
    if (operands.run !== undefined) return nodesOf(await runOf(link, operands.run));
    return (await hosts(link)).flatMap(({ instances }) => instances.map(({ instance, cluster }) => ({ word: instance, about: cluster })));
  },
  plan: async (link, { command }) => {
    const { plans } = documentOf<PlanListDocument>((await link.ask('ListPlans', {})).plans, 'plans');
    const fitting = fittingPlans[command];
    return plans
      .filter(({ state }) => fitting === undefined || fitting.includes(state))
      .map((plan) => ({ word: plan.plan, about: aboutRun(plan) }));
  },
  run: async (link, { command }) => (await runs(link, needsOpenRun.has(command))).map((run) => ({ word: run.run, about: aboutRun(run) })),
  'run-or-fleet': async (link, line) => [{ word: 'fleet', about: 'administration' }, ...(await askers.run(link, line))],
  snapshot: async (link) => {
    const { snapshots } = documentOf<SnapshotListDocument>((await link.ask('ListSnapshots', {})).snapshots, 'snapshots');
    return snapshots.map(({ id, host, expiresAt }) => ({ word: id, about: `on ${host}, kept until ${expiresAt}` }));
  },
  step: async (link, { operands }) => {
    const { turns } = await runOf(link, operands.run ?? '');
    const begun = turns.flatMap(({ steps }) => steps).filter(({ state }) => state !== 'queued');
    return begun.map(({ step, title, state, outcome }) => ({ word: step, about: `${title}: ${outcome ?? state}` }));
  },
  version: async (link, { operands, options }) => {
    const engine = operands.engine ?? (operands.cluster === undefined ? '' : await engineOf(link, operands.cluster));
    const { releases } = documentOf<ReleaseListDocument>((await link.ask('ListReleases', { engine })).releases, 'releases');
    return releases.map(({ version, arch }) => ({ word: version, about: `${engine === '' ? '' : `${engine} `}${options.arch ?? arch}` }));
  },
  pack: async (link, { operands }) => {
    const { packs } = documentOf<RulePackListDocument>((await link.ask('ListRules', { engine: operands.engine ?? '' })).rules, 'rules');
    const imported = packs.filter(({ origin }) => origin === 'imported');
    return [
      { word: 'built-in', about: '' },
      ...imported.map(({ digest, file }) => ({ word: digest.replace('sha256:', '').slice(0, 12), about: file })),
    ];
  },
};

/** States in which a plan is of use to a command; all where it is not named. */
const fittingPlans: Readonly<Record<string, readonly string[]>> = {
  approve: ['draft', 'active'],
  run: ['approved'],
  'plan discard': ['draft', 'approved'],
};

/** Commands that a run which is over has no use for. */
const needsOpenRun: ReadonlySet<string> = new Set([
  'watch',
  'pause',
  'resume',
  'abort',
  'rollback',
  'retry',
  'resolve',
  'confirm',
  'exclude',
  'finalize',
]);

const bare = (word: string): Candidate => ({ word, about: '' });

async function contextNames({ io }: Session): Promise<readonly Candidate[]> {
  const contexts = (await readPersonal(io.env))?.settings.contexts ?? new Map<string, string>();
  return [...contexts].map(([word, about]) => ({ word, about }));
}

async function askedWithin<T>(session: Session, work: (link: OperatorLink) => Promise<T>): Promise<T> {
  const place = await controllerPlace(session);
  const identity = await identityAt(session, place);
  const { connect } = await import('../client.ts');
  const over = new AbortController();
  const limit = session.io.clock.after(limitMs, () => over.abort());
  try {
    const link = await connect(place.address, AbortSignal.any([over.signal, session.io.interrupted]), identity);
    try {
      return await work(link);
    } finally {
      link.close();
    }
  } finally {
    limit.cancel();
  }
}

type ListedRun = RunListDocument['runs'][number];

async function runs(link: OperatorLink, openOnly: boolean): Promise<readonly ListedRun[]> {
  return documentOf<RunListDocument>((await link.ask('ListRuns', { openOnly })).runs, 'runs').runs;
}

const aboutRun = ({ cluster, what, from, to, state }: Pick<ListedRun, 'cluster' | 'what' | 'from' | 'to' | 'state'>): string =>
  `${cluster} ${from === to ? what : `${from} → ${to}`}, ${state}`;

async function runOf(link: OperatorLink, runId: string): Promise<RunDocument> {
  return documentOf<RunDocument>((await link.ask('GetRun', { runId })).status, `run ${runId}`);
}

function nodesOf({ turns, cluster }: RunDocument): readonly Candidate[] {
  const named = turns.flatMap(({ instance }) => (instance === null ? [] : [instance]));
  return [...new Set(named)].map((word) => ({ word, about: cluster }));
}

async function hosts(link: OperatorLink): Promise<HostListDocument['hosts']> {
  const { rows } = await rowsOf(mostNames, async (pageSize, after) => {
    const page = await link.ask('ListHosts', { pageSize, after });
    return { rows: documentOf<HostListDocument>(page.hosts, 'hosts').hosts, nextAfter: page.nextAfter };
  });
  return rows;
}

async function engineOf(link: OperatorLink, cluster: string): Promise<string> {
  return documentOf<ClusterDocument>((await link.ask('GetCluster', { cluster })).cluster, `cluster ${cluster}`).engine;
}
