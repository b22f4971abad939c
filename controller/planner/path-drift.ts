/** PURE. What a plan stands on beside facts, and whether it still holds: the traits of its cluster, the rules active now, the local settings of its nodes. */
import { byHandRisk, type ConfigTask, configTaskText } from '../../common/config-task.ts';
import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import type { ClusterView, NodeView } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import type { FinalizeKind, Hop, Plan, PlanNode, PlanTrait } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { RulePacks } from '../rules/pack.ts';
import { findPath, packFor, traitsAskedFor } from '../rules/path.ts';

/** One sentence for how the result differs; null: it is the same, or no rule speaks of this plan. `observed`: traits that are seen now. */
export function pathDifference(
  plan: Plan,
  view: ClusterView,
  packs: RulePacks,
  today: string,
  observed: Readonly<Record<string, string>>,
): string | null {
  const otherTraits = changedTraits(plan, observed);
  const sameRules = packs.get(plan.engine)?.digest === plan.pack.digest;
  if (plan.goal.release === undefined || (sameRules && otherTraits.length === 0)) return null;
  const hosts = view.nodes.map(({ host, os, arch }) => ({ host, os: os === 'unknown' ? null : os, arch }));
  if (hosts.length === 0) return null;
  const traits = traitsNow(plan, observed, packs);
  const { engine, from, to, goal } = plan;
  const path = findPath({ engine, from, to, via: goal.via ?? [], hosts, traits, today }, packs);
  const active = `the rules active now (${path.pack.name} ${path.pack.version})`;
  const rules = otherTraits.length === 0 ? active : `with ${otherTraits.join(', ')} ${active}`;
  if (!path.admissible) return `${rules} refuse ${plan.from} → ${plan.to}: ${reasonsOf(path)}`;
  const now = path.hops.map((hop) => hopText(hop, hop.finalize)).join(', then ');
  const planned = plan.hops.map((hop) => hopText(hop, hop.finalize.policy)).join(', then ');
  return now === planned ? changedConfig(plan, path.hops, rules) : `${rules} result in ${now}; the plan has ${planned}`;
}

/** The same hops may ask for another configuration. What stands in a plan as a reason may be said in other words. */
function changedConfig(plan: Plan, hops: readonly PathHop[], rules: string): string | null {
  const unreasoned = (task: ConfigTask): ConfigTask => ({ ...task, why: '' });
  for (const [at, { to, config = [] }] of hops.entries()) {
    const wanted = config.filter(({ optional }) => optional !== true || plan.configOptional === true).map(unreasoned);
    const planned = (plan.hops[at]?.config ?? []).map((task) => configTaskText(unreasoned(task)));
    const byHand = plan.hops[at]?.risks.filter((risk) => wanted.some((task) => risk.startsWith(byHandRisk(task)))) ?? [];
    const added = wanted.find(
      (task) => !planned.includes(configTaskText(task)) && !byHand.some((risk) => risk.startsWith(byHandRisk(task))),
    );
    if (added !== undefined) return `${rules} require another configuration of ${to}: ${configTaskText(added).replace(/: $/, '')}`;
    const dropped = planned.find((text) => !wanted.some((task) => configTaskText(task) === text));
    if (dropped !== undefined) return `${rules} no longer require this configuration of ${to}: ${dropped.replace(/: $/, '')}`;
  }
  return null;
}

const hopText = ({ from, to, kind, rollback }: Pick<Hop, 'from' | 'to' | 'kind' | 'rollback'>, finalize: FinalizeKind): string =>
  `${from} → ${to} (${kind}, finalize ${finalize}, rollback ${rollback})`;

function reasonsOf({ refused }: PathDocument): string {
  return [...new Set(refused.map((each) => each.reason))].join('; ') || 'no rule allows it';
}

/**
 * One sentence for each thing that is not as it was planned. Roles may change, as every turn has a variant for each; but what is restored
 * comes up in the role of its snapshot.
 */
export function changedFacts(plan: Plan, view: ClusterView): readonly string[] {
  const changes: string[] = [];
  const unplanned = view.nodes.filter((node) => !plan.nodes.some((planned) => planned.instance === node.instance));
  changes.push(...unplanned.map((node) => `${node.instance} is new`));
  for (const planned of plan.nodes) {
    const node = view.nodes.find((each) => each.instance === planned.instance);
    const facts = node?.facts ?? null;
    if (node === undefined || facts === null) {
      changes.push(`${planned.instance} does not answer`);
      continue;
    }
    // The database of one that is restored may be down: then the disk tells, and the agent compares the rest with the snapshot.
    const isRestored = plan.goal.restore?.snapshots.some(({ instance }) => instance === planned.instance) === true;
    const seen = <Value>(value: Value | null, was: Value): Value | null => (isRestored ? (value ?? was) : value);
    const compare: readonly (readonly [string, string | null, string | null])[] = [
      ['its host', planned.host, node.host],
      ['its data directory', planned.dataDir, node.dataDir],
      ['its architecture', planned.arch, node.arch],
      ['its database', plan.databaseId, seen(facts.databaseId, plan.databaseId)],
      ['its member id', planned.memberId, seen(facts.memberId, planned.memberId)],
      isRestored
        ? ['its version', planned.version, facts.version.onDisk ?? planned.version]
        : ['its running version', planned.version, facts.version.running],
      ['its role', planned.role, isRestored ? (facts.role ?? planned.role) : planned.role],
      ['its release', planned.release, facts.release.current],
    ];
    const drift = profileDrift(planned, node);
    if (drift !== null) changes.push(`${planned.instance}: its local settings changed${drift === '' ? '' : `: ${drift}`}`);
    for (const [what, was, is] of compare) if (was !== is) changes.push(`${planned.instance}: ${what} was ${was}, is ${is ?? 'unknown'}`);
  }
  return changes;
}

// What of a node's local settings is no longer as the plan has it.

/**
 * `unit was db-3, is db@3`; null: nothing changed; empty: something did, and plan or agent, being of 0.1, name only the
 * digest of it.
 */
export function profileDrift(
  planned: Pick<PlanNode, 'profile' | 'profileDigest'>,
  node: Pick<NodeView, 'profile' | 'profileDigest'>,
): string | null {
  if (planned.profileDigest === node.profileDigest) return null;
  const [was, is] = [planned.profile, node.profile];
  if (was === undefined || is === undefined) return '';
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().filter((setting) => was[setting] !== is[setting]);
  return changed.map((setting) => `${setting} was ${was[setting] ?? 'not set'}, is ${is[setting] ?? 'not set'}`).join('; ');
}

// Traits of a cluster, by which rules decide: what its engine observes, and what a person gives where it cannot be observed.

type Traits = Readonly<Record<string, string>>;

/** What the engine sees of its cluster now; empty where it observes no traits. */
export function observedTraits(procedure: Pick<Procedure, 'traits'> | undefined, view: ClusterView): Traits {
  return procedure?.traits?.(view) ?? {};
}

/**
 * What the rules are told, by name: only what they ask for. What is observed needs no word of a person. Throws FailureError: usage
 * `unknown-trait`, refused `trait-contradicted`.
 */
export function traitsOf(view: ClusterView, given: Traits, observed: Traits, packs: RulePacks): readonly PlanTrait[] {
  const pack = packFor(view.engine, packs);
  const asked = [...traitsAskedFor(pack, packs).keys()];
  const known = [...new Set([...asked, ...Object.keys(observed)])].sort();
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      const names = known.length === 0 ? 'none exist' : `known traits: ${known.join(', ')}`;
      throw fail('usage', 'unknown-trait', `--trait ${name}: unknown trait of ${pack.name}; ${names}`);
    }
    const seen = observed[name];
    if (seen !== undefined && seen !== value)
      throw fail(
        'refused',
        'trait-contradicted',
        `${view.cluster}: --trait ${name}=${value} contradicts its nodes, which report ${name}=${seen}; omit it, or change the cluster first`,
      );
  }
  return [...asked].sort().flatMap((name): readonly PlanTrait[] => {
    const seen = observed[name];
    if (seen !== undefined) return [{ name, value: seen }];
    const value = given[name];
    return value === undefined ? [] : [{ name, value, given: true }];
  });
}

/** As a question to the rules has them. */
export const traitValues = (traits: readonly PlanTrait[]): Traits => Object.fromEntries(traits.map(({ name, value }) => [name, value]));

/** What the rules active now are told of the cluster of a plan: what is observed of it now, else what the plan was made by. */
function traitsNow({ engine, traits = [] }: Pick<Plan, 'engine' | 'traits'>, observed: Traits, packs: RulePacks): Traits {
  const asked = [...traitsAskedFor(packFor(engine, packs), packs).keys()];
  const told = { ...traitValues(traits), ...observed };
  return Object.fromEntries(asked.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])));
}

/** Those that are otherwise than when the plan was made: `omHa=true`. */
function changedTraits({ traits = [] }: Pick<Plan, 'traits'>, observed: Traits): readonly string[] {
  return traits.flatMap(({ name, value }) => {
    const seen = observed[name];
    return seen === undefined || seen === value ? [] : [`${name}=${seen}`];
  });
}
