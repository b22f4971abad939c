/**
 * PURE. What becomes of the configuration on the way to another version: the rules say what, each node's agent what it comes to in its file, and a
 * person the values that only a person knows. All of it is settled before anything is approved.
 */
import type { ConfigTask } from '../../common/config-task.ts';
import type { PathHop } from '../../common/documents/rules.ts';
import type { ConfigPreview } from '../../common/facts.ts';
import { type Failure, fail } from '../../common/failure.ts';
import type { ConfigChange, ConfigRevision } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import { isSecretKey } from '../../engines/kit/config/config-diff.ts';
import type { ConfigAsked, HopConfig, PlanInput, PlannedNode, PreviewedHop, Previews } from './plan-input.ts';
import { refused } from './refusals.ts';

/** One entry a hop. Throws FailureError: `config-not-required` (usage), `config-secret` (refused). */
export function hopConfigs(
  hops: readonly PathHop[],
  { file, given, optional }: ConfigAsked,
  { finalRestarts }: Pick<Procedure, 'finalRestarts'>,
): readonly HopConfig[] {
  const left = new Map(Object.entries(given));
  const secret = [...left.keys()].find(isSecretKey);
  if (secret !== undefined)
    throw fail(
      'refused',
      'config-secret',
      `the value of ${secret} is a secret and would be visible in the plan: write it into the file on each host by hand`,
    );
  const configs = hops.map((hop): HopConfig => {
    const { config = [], kind } = hop;
    const finals = finalRestarts?.(hop).map(({ changes }) => changes) ?? [];
    const wanted = config.filter((task) => task.optional !== true || optional);
    // A database that is made anew beside the old one has a file of its own.
    const tasks = kind === 'side-by-side' ? [] : wanted.filter((task) => task.file === file);
    const requires = tasks.flatMap(({ op, keys }) => (op === 'require' ? keys : []));
    const sets = requires.flatMap((key): readonly ConfigChange[] => {
      const value = left.get(key);
      left.delete(key);
      return value === undefined ? [] : [{ op: 'set', key, value }];
    });
    const byHand = wanted.filter((task) => !tasks.includes(task));
    const changes = [...tasks.flatMap(changesOf), ...sets];
    return { tasks, byHand, changes, requires, ...(finals.length === 0 ? {} : { finals }) };
  });
  const [strange] = left.keys();
  if (strange !== undefined)
    throw fail(
      'usage',
      'config-not-required',
      `no version on this path requires ${strange}: change it with a separate plan, drydock plan CLUSTER --config FILE`,
    );
  return configs;
}

function changesOf({ op, keys, to = {}, unit }: ConfigTask): readonly ConfigChange[] {
  if (op === 'require') return [];
  return keys.map((key): ConfigChange => {
    if (op === 'set') return { op, key, value: to[key] ?? '' };
    if (op === 'remove') return { op, key };
    return { op, key, to: to[key] ?? '', ...(unit === undefined ? {} : { unit }) };
  });
}

/** One share of the way: a hop, or a restart that finalizes it. */
interface Share {
  readonly changes: readonly ConfigChange[];
  readonly requires: readonly string[];
}

const sharesOf = ({ changes, requires, finals = [] }: HopConfig): readonly Share[] => [
  { changes, requires },
  ...finals.map((each): Share => ({ changes: each, requires: [] })),
];

/** What the agents are asked after each share of each hop: all changes up to it, and what it needs. null: that share changes and needs nothing. */
export function previewQuestions(configs: readonly HopConfig[]) {
  const shares = configs.map(sharesOf);
  const before = (hop: number, at: number) => shares.slice(0, hop + 1).flatMap((of, each) => (each < hop ? of : of.slice(0, at + 1)));
  return shares.map((of, hop) =>
    of.map(({ changes, requires }, at) =>
      changes.length === 0 && requires.length === 0 ? null : { config: before(hop, at).flatMap((each) => each.changes), requires },
    ),
  );
}

const migrates = ({ tasks, finals = [] }: HopConfig): boolean => tasks.length > 0 || finals.length > 0;

/** Every reason why the files could not be brought along; of a value that is missing one for all nodes that miss it. */
export function migrationProblems(
  { migration = [], path, view }: PlanInput,
  moving: readonly PlannedNode[],
  nodes: readonly PlannedNode[],
): readonly Failure[] {
  return migration.flatMap((hop, at) => {
    if (!migrates(hop)) return [];
    const to = path.hops[at]?.to ?? '';
    const missing = new Map<string, { readonly file: string; readonly instances: string[] }>();
    // What finalizes a hop restarts those that had no turn in it, too.
    const concerned = hop.finals === undefined ? moving : nodes;
    const problems = concerned.flatMap(({ view: { instance } }): readonly Failure[] => {
      const preview = tellingOf(hop, instance);
      if (preview === undefined || (hop.requires.length > 0 && preview.problems.length === 0 && preview.missing === undefined))
        return [
          refused(
            'no-preview',
            `${instance}: its agent did not report how its configuration changes on the path to ${to}; check the agent's log`,
          ),
        ];
      for (const key of preview.missing ?? []) {
        const known = missing.get(key) ?? { file: preview.file, instances: [] };
        known.instances.push(instance);
        missing.set(key, known);
      }
      return preview.problems.map((problem) =>
        refused('config-refused', `${instance}: on the path to ${to}: ${placed(preview.file, problem)}`),
      );
    });
    return [...problems, ...[...missing].map(([key, where]) => demand(hop, view.cluster, to, key, where))];
  });
}

/** The driver may have named file and line already. */
const placed = (file: string, problem: string): string => (problem.startsWith(file) ? problem : `${file}: ${problem}`);

function demand(
  { tasks }: HopConfig,
  cluster: string,
  to: string,
  key: string,
  { file, instances }: { readonly file: string; readonly instances: readonly string[] },
): Failure {
  const task = tasks.find(({ op, keys }) => op === 'require' && keys.includes(key));
  const what = `${instances.join(', ')}: ${file} does not set ${key}, which ${to} requires: ${task?.why ?? ''} (${task?.source ?? ''})`;
  const how = isSecretKey(key)
    ? `write it into the file on each host by hand, as plans contain no secrets, and plan again`
    : `plan again with its value: drydock plan ${cluster} --to ${to} --config-set ${key}=VALUE`;
  return refused('config-required', `${what}; ${how}`);
}

/** What the agent said of the hop itself, or of the first restart that finalizes it; what it says against one of them comes first. */
function tellingOf({ previews, finalPreviews = [] }: PreviewedHop, instance: string): ConfigPreview | undefined {
  const all = [previews, ...finalPreviews].flatMap((each) => each.get(instance) ?? []);
  return all.find(({ problems }) => problems.length > 0) ?? all[0];
}

/** Every preview of the way, in its order. */
const previewsOf = (migration: readonly PreviewedHop[]): readonly Previews[] =>
  migration.flatMap(({ previews, finalPreviews = [] }) => [previews, ...finalPreviews]);

function revision(changes: readonly ConfigChange[], fromDigest: string, toDigest: string): ConfigRevision | null {
  return fromDigest === toDigest ? null : { changes, fromDigest, toDigest };
}

/** The last of these that tells of the instance. */
const lastOf = (previews: readonly Previews[], instance: string): ConfigPreview | undefined =>
  previews.findLast((each) => each.has(instance))?.get(instance);

/** From what the hops before made of the node's file to what this one makes of it; null: this one changes nothing there. */
export function migrationOf({ migration = [] }: PlanInput, { view: { instance } }: PlannedNode, at: number): ConfigRevision | null {
  const preview = migration[at]?.previews.get(instance);
  if (preview === undefined) return null;
  const before = lastOf(previewsOf(migration.slice(0, at)), instance);
  return revision(migration[at]?.changes ?? [], before?.toDigest ?? preview.fromDigest, preview.toDigest);
}

/**
 * The same of a restart that finalizes the hop. `isThere`: the node has no turn in the hop, so nothing of the way was done to its file, and all of it
 * is done at the first restart.
 */
export function finalRevisionOf(
  { migration = [] }: PlanInput,
  { view: { instance } }: PlannedNode,
  { at, restart, isThere }: { readonly at: number; readonly restart: number; readonly isThere: boolean },
): ConfigRevision | null {
  const hop = migration[at];
  const preview = hop?.finalPreviews?.[restart]?.get(instance);
  if (hop === undefined || preview === undefined) return null;
  const own = hop.finals?.[restart] ?? [];
  const restarts = hop.finalPreviews?.slice(0, restart) ?? [];
  if (isThere && restart === 0)
    return revision([...migration.slice(0, at + 1).flatMap((each) => each.changes), ...own], preview.fromDigest, preview.toDigest);
  const before = lastOf([...previewsOf(migration.slice(0, at)), hop.previews, ...restarts], instance);
  return revision(own, before?.toDigest ?? preview.fromDigest, preview.toDigest);
}

/** What the whole way makes of the node's file; null: nothing. */
export function previewOfAll({ migration = [] }: PlanInput, instance: string): ConfigPreview | null {
  const last = lastOf(previewsOf(migration), instance);
  return last === undefined || last.fromDigest === last.toDigest ? null : last;
}
