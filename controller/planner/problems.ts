/** PURE. Everything that speaks against a plan, all of it at once, so that a person mends it in one go. */

import type { PathDocument } from '../../common/documents/rules.ts';
import { durationText } from '../../common/duration-text.ts';
import type { NodeView } from '../../common/facts.ts';
import { type Failure, failure } from '../../common/failure.ts';
import type { Bundle } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { PlanInput, PlannedNode } from './plan-input.ts';
import { refused } from './refusals.ts';
import { isRestored, noSnapshot, restoredIn, roleOf, versionOf } from './restored.ts';
import { isCommanded } from './shapes/cluster-steps.ts';
import { type HopMaker, uncarriedHops } from './uncarried.ts';

/** Nodes that can be planned with, and a refusal for each that cannot. */
export function plannedNodes(input: PlanInput): { readonly nodes: readonly PlannedNode[]; readonly problems: readonly Failure[] } {
  const nodes: PlannedNode[] = [];
  const problems: Failure[] = [];
  for (const view of input.view.nodes) {
    const { facts, instance } = view;
    const [version, role] = [versionOf(input.goal, view), roleOf(input.goal, view)];
    if (!view.connected || facts === null) {
      problems.push(
        refused('agent-lost', `${instance}: its agent on ${view.host} does not answer; start it, or check drydock host show ${view.host}`),
      );
    } else if (version === null) {
      problems.push(refused('node-down', `${instance}: its database is not running on ${view.host}; start it, then plan again`));
    } else if (facts.release.current === null) {
      problems.push(
        refused(
          'no-current-release',
          `${instance}: no complete release is active on ${view.host}; create the link current in its releases folder`,
        ),
      );
    } else if (role === null && isRestored(input.goal, instance)) {
      problems.push(refused('no-snapshot', noSnapshot(input, view)));
    } else if (facts.memberId === null && facts.version.running === null) {
      const sentence = `${instance}: its database is not running, so its member id is unknown; set connection.memberId in the settings of the agent on ${view.host}`;
      problems.push(refused('member-unknown', sentence));
    } else if (role === null || facts.memberId === null) {
      problems.push(
        refused('role-unknown', `${instance}: its role in the cluster is unknown; check drydock cluster show ${input.view.cluster}`),
      );
    } else {
      nodes.push({ view, version, role, memberId: facts.memberId, release: facts.release.current });
    }
  }
  return { nodes, problems };
}

/** Every member must run `from` or `to`: whatever is between is brought level by a plan of its own. */
export function versionProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { path, scheme, options, view, goal } = input;
  if (goal.kind !== 'release') return [];
  const order = scheme.compare(path.to, path.from);
  if (nodes.length > 0 && nodes.every((node) => node.version === path.to)) {
    return [refused('already-there', `${view.cluster}: every node already runs ${path.to}; nothing to do`)];
  }
  if (order < 0 && !options.downgrade) {
    return [
      refused(
        'downgrade-not-said',
        `${view.cluster}: ${path.to} is lower than ${path.from}, which runs now; to downgrade, add --downgrade`,
      ),
    ];
  }
  if (order > 0 && options.downgrade) {
    return [refused('not-a-downgrade', `${view.cluster}: ${path.to} is higher than ${path.from}, which runs now; omit --downgrade`)];
  }
  return nodes
    .filter((node) => node.version !== path.from && node.version !== path.to)
    .map((node) =>
      refused(
        'mixed-versions',
        `${node.view.instance} runs ${node.version}, neither ${path.from} nor ${path.to}; bring all nodes to one version first: drydock plan ${view.cluster} --to ${node.version}`,
      ),
    );
}

export function pathProblems(path: PathDocument, procedure: HopMaker & Pick<Procedure, 'proves'>): readonly Failure[] {
  if (!path.admissible) {
    const why = path.refused.length === 0 ? ['no rule allows it'] : path.refused.map((each) => sentence(path, each));
    return [refused('path-refused', `${path.engine} ${path.from} → ${path.to} is refused: ${[...new Set(why)].join('; ')}`)];
  }
  const unable = uncarriedHops(path, procedure).map(({ from, to, why }) =>
    refused('no-procedure', `${path.engine} ${from} → ${to} cannot be carried out: ${why}`),
  );
  return unable.length > 0 ? unable : unprovenProblems(path, procedure);
}

/** What the rules ask for and nothing here can prove must not be passed over in silence. */
function unprovenProblems(path: PathDocument, { proves = [], engine }: Pick<Procedure, 'proves' | 'engine'>): readonly Failure[] {
  return path.hops.flatMap((hop) =>
    hop.requirements
      .filter((requirement) => !proves.includes(requirement))
      .map((requirement) =>
        refused(
          'requirement-unproven',
          `${path.engine} ${hop.from} → ${hop.to} requires ${unprovenText(requirement, engine)} (${hop.source})`,
        ),
      ),
  );
}

/** A trait that is not known speaks against the hop as an unknown operating system does, until a person finds it out. */
function unprovenText(requirement: string, engine: string): string {
  const [, trait, name] = /^trait:(([A-Za-z][\w.-]*).*)$/.exec(requirement) ?? [];
  if (trait === undefined || name === undefined) return `${requirement}, which the procedure for ${engine} cannot check`;
  const what = trait === name ? `the trait ${name}` : trait;
  return `${what}, which the agents cannot observe: give it with --trait ${name}=VALUE`;
}

function sentence(path: PathDocument, refusal: PathDocument['refused'][number]): string {
  const about = refusal.from === path.from && refusal.to === path.to ? '' : `${refusal.from} → ${refusal.to}: `;
  return `${about}${refusal.reason}${refusal.instead === null ? '' : `; instead: ${refusal.instead}`}`;
}

/** Adoption, membership and the engine's own prechecks over the whole cluster. */
export function clusterProblems(input: PlanInput, nodes: readonly PlannedNode[]): readonly Failure[] {
  const { view, procedure } = input;
  if (view.databaseId === null || view.expectedMembers === null) {
    return [refused('not-adopted', `${view.cluster} is not adopted; adopt it: drydock cluster adopt ${view.cluster} --members N`)];
  }
  const restoreEffect = restoredIn(input);
  const problems: Failure[] = [];
  problems.push(...input.membership.map((mismatch) => refused('membership-mismatch', mismatch.detail)));
  for (const { view: node } of nodes) {
    const missing = procedure.needs.filter((check) => !node.checks.includes(check));
    if (missing.length > 0) {
      problems.push(
        refused('missing-checks', `${node.instance}: its agent does not support ${missing.join(', ')}; upgrade the agent on ${node.host}`),
      );
    }
    // Of one that does not answer the agent compares what its snapshot is of.
    const isSilent = node.facts?.databaseId === null && restoreEffect.includes(node.instance);
    if (node.facts !== null && node.facts.databaseId !== view.databaseId && !isSilent) {
      problems.push(
        refused(
          'wrong-database',
          `${node.instance} belongs to database ${node.facts.databaseId ?? 'unknown'}, but the cluster was adopted as ${view.databaseId}`,
        ),
      );
    }
  }
  // What is wrong with a node that cannot be planned with was said already.
  const planned = (subject: string) =>
    nodes.some((node) => node.view.instance === subject) || !view.nodes.some((node) => node.instance === subject);
  const assessed = procedure
    .assess(view, restoreEffect)
    .filter(({ severity, subject }) => severity === 'refuse' && planned(subject) && !restoreEffect.includes(subject));
  problems.push(...assessed.map((problem) => failure('refused', problem.check, problem.detail)));
  return problems;
}

/** `moving`: how many nodes have a turn. */
export function optionProblems(input: PlanInput, moving: number): readonly Failure[] {
  const { options, limits } = input;
  const problems: Failure[] = [];
  const leastMs = Math.max(...limits.map((limit) => limit.minSettleSeconds), 0) * 1000;
  if (options.settleMs !== null && options.settleMs < leastMs) {
    problems.push(
      refused(
        'settle-too-short',
        `--settle ${options.settleMs} ms is below the minimum of the rule pack, ${leastMs} ms; no flag lowers it`,
      ),
    );
  }
  for (const [name, value] of Object.entries({ canary: options.canary, settleMs: options.settleMs, soakMs: options.soakMs })) {
    if (value !== null && (!Number.isSafeInteger(value) || value < 0)) {
      problems.push(failure('usage', 'bad-option', `${name} is ${value}; expected a whole number ≥ 0`));
    }
  }
  if (options.canary !== null && moving > 0 && options.canary > moving)
    problems.push(
      failure('usage', 'bad-option', `--canary is ${options.canary}, but only ${moving} nodes have a turn; give ${moving} or less`),
    );
  return problems;
}

/** What is said of finalization where nothing is finalized by command would be a word without effect. */
export function finalizeProblems({ options, path, limits, view }: PlanInput): readonly Failure[] {
  const { finalize, finalizeWithinMs } = options;
  if (finalize === 'on-command' && finalizeWithinMs === null) return [];
  if (finalize === 'auto' && finalizeWithinMs !== null)
    return [failure('usage', 'bad-option', '--finalize-within cannot be combined with --finalize auto, which finalizes without waiting')];
  if (finalizeWithinMs !== null && !(Number.isSafeInteger(finalizeWithinMs) && finalizeWithinMs > 0))
    return [failure('usage', 'bad-option', `finalizeWithinMs is ${finalizeWithinMs}; expected a whole number ≥ 1`)];
  const commanded = path.hops.map((hop, index) => ({ hop, index })).filter(({ hop }) => isCommanded(hop));
  if (path.admissible && commanded.length === 0) {
    const what = finalize === 'auto' ? '--finalize auto' : '--finalize-within';
    return [refused('not-commanded', `${view.cluster}: ${path.from} → ${path.to} has no manual finalization; omit ${what}`)];
  }
  return commanded.flatMap(({ hop, index }) => {
    const mostMs = limits[index]?.mixedAtMostMs ?? null;
    if (finalizeWithinMs === null || mostMs === null || finalizeWithinMs <= mostMs) return [];
    const sentence = `${hop.from} → ${hop.to} must be finalized within ${durationText(mostMs)} by the rules, less than the ${durationText(finalizeWithinMs)} given; no flag raises it`;
    return [refused('finalize-too-late', sentence)];
  });
}

/** Measured need of a release on a node: archives and unpacked trees together for a moment, and a margin. */
export const spaceMargin = 1.2;

export function needOf(bundle: Bundle): { readonly bytes: number; readonly inodes: number } {
  const sum = (size: (artifact: Bundle['artifacts'][number]) => number) =>
    bundle.artifacts.reduce((total, artifact) => total + size(artifact), 0);
  return {
    bytes: Math.ceil(sum((artifact) => artifact.sizeBytes + artifact.unpackedBytes) * spaceMargin),
    inodes: Math.ceil(sum((artifact) => artifact.unpackedInodes) * spaceMargin),
  };
}

export function bundleFor(input: PlanInput, version: string, arch: string): Bundle | null {
  return input.releases.find((each) => each.engine === input.view.engine && each.version === version && each.arch === arch) ?? null;
}

/** A bundle for every node and hop, and room for it. */
export function releaseProblems(input: PlanInput, moving: readonly PlannedNode[]): readonly Failure[] {
  const problems: Failure[] = [];
  for (const hop of input.path.hops) {
    for (const { view } of moving) {
      const bundle = bundleFor(input, hop.to, view.arch);
      if (bundle === null) {
        problems.push(
          refused(
            'release-unavailable',
            `no release of ${input.view.engine} ${hop.to} for ${view.arch} is stored, ${view.instance} needs it; upload it with drydock release add`,
          ),
        );
      } else if (view.facts?.release.installed.includes(bundle.release) === false) {
        problems.push(...spaceProblems(view, bundle));
      }
    }
  }
  return problems;
}

function spaceProblems(view: NodeView, bundle: Bundle): readonly Failure[] {
  const need = needOf(bundle);
  const free = view.facts?.space.releases ?? { freeBytes: 0, freeInodes: 0 };
  const short = (what: string, needed: number, has: number) =>
    refused(
      'space-short',
      `${view.instance}: release ${bundle.release} needs ${needed} ${what} on ${view.host}, only ${has} are free; free some and plan again`,
    );
  if (free.freeBytes < need.bytes) return [short('bytes', need.bytes, free.freeBytes)];
  if (free.freeInodes < need.inodes) return [short('inodes', need.inodes, free.freeInodes)];
  return [];
}
