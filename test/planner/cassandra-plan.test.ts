import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256Of } from '../../common/canonical-json.ts';
import type { PathDocument } from '../../common/documents/rules.ts';
import type { ClusterView, ConfigPreview } from '../../common/facts.ts';
import type { ConfigChange } from '../../common/orders.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { hopConfigs, previewQuestions } from '../../controller/planner/config-migration.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { HopConfig, PlanInput, PreviewedHop } from '../../controller/planner/plan-input.ts';
import { planAgain } from '../../controller/planner/plan-text.ts';
import { cassandraProcedure as procedure } from '../../engines/cassandra/procedure.ts';
import { cassandraScheme as scheme } from '../../engines/cassandra/scheme.ts';
import { configDiff } from '../../engines/kit/config/config-diff.ts';
import { yamlFormat } from '../../engines/kit/config/yaml-format.ts';
import { clusterOf, sixNodes, threeNodes } from '../engines/cassandra-fixtures.ts';
import { ask } from '../rules/builtin.ts';
import { planOf } from './input.ts';
import { bundleFor, inputAlong } from './input-along.ts';

const sizes = { sizeBytes: 48_000_000, unpackedBytes: 48_000_000, unpackedInodes: 80 };

function inputOf(from: string, to: string, places = threeNodes, via: readonly string[] = []): PlanInput {
  const view = clusterOf(places, from);
  const path = ask('cassandra', from, to, { os: 'debian:12', arch: 'x64', traits: { cassandraLatestYaml: 'false' }, via });
  return {
    ...inputAlong({ view, path, engine: 'cassandra', procedure, scheme }),
    migration: migrationOf(path, view),
    releases: path.hops.map((hop) => bundleFor('cassandra', hop.to, `${hop.to}-bbbbbbbbbbbb`, sizes)),
  };
}

const configFile = 'cluster_name: shop\nnum_tokens: 16\nconcurrent_replicates: 8\ncommitlog_sync_period_in_ms: 10000\n';

/** As agents tell it, each of this file. */
function migrationOf({ hops }: PathDocument, { nodes }: ClusterView): readonly PreviewedHop[] {
  const configs = hopConfigs(hops, { file: 'cassandra.yaml', given: {}, optional: false }, procedure);
  return previewQuestions(configs).map((questions, at): PreviewedHop => {
    const [previews = new Map(), ...finalPreviews] = questions.map((question) =>
      question === null ? new Map() : new Map(nodes.map(({ instance }) => [instance, previewOf(question.config)])),
    );
    return { ...(configs[at] as HopConfig), previews, ...(finalPreviews.length === 0 ? {} : { finalPreviews }) };
  });
}

function previewOf(changes: readonly ConfigChange[]): ConfigPreview {
  const edit = yamlFormat.apply(configFile, changes);
  if ('problem' in edit) throw new Error(JSON.stringify(edit.problem));
  return {
    file: '/etc/cassandra/cassandra.yaml',
    fromDigest: sha256Of(configFile),
    toDigest: sha256Of(edit.text),
    lines: configDiff(configFile, edit.text, yamlFormat.read),
    restartKeys: [],
    problems: [],
    warnings: [],
  };
}

const digest = `sha256:${'0'.repeat(64)}`;
/** Without digests, which change with every word of a rule pack. */
const printed = (plan: Plan) => `${renderPlan({ ...plan, pack: { name: 'cassandra', version: 1, digest } }, 'p-3TCD7', digest)}\n`;
const phasesOf = (plan: Plan) => plan.hops.map(({ phases }) => phases.map(({ name }) => name));

/** One data centre after the other, in each the seed first, then rack by rack. */
const inOrder = ['cass-3', 'cass-1', 'cass-2', 'cass-4', 'cass-6', 'cass-5'];

describe('a plan for Cassandra', () => {
  test('M14 M15 M16 prints as a person reads it, and as its page has it', async () => {
    const text = printed(planOf(inputOf('4.0.15', '4.1.7')));
    await expect(text).toMatchFileSnapshot('../golden/plan/cassandra-4.0-to-4.1.txt');
    expect(readFileSync(new URL('../../docs/engines/cassandra.md', import.meta.url), 'utf8')).toContain(text);
  });

  test('rewrites files after the last node between series, once, one node after the other, and not within one', () => {
    expect(phasesOf(planOf(inputOf('4.0.15', '4.1.7')))).toEqual([
      ['preflight', 'stage', 'snapshot', 'canary', 'roll', 'migrate', 'verify', 'cleanup'],
    ]);
    expect(phasesOf(planOf(inputOf('4.1.6', '4.1.7')))).toEqual([['preflight', 'stage', 'canary', 'roll', 'verify', 'cleanup']]);
    const migrate = planOf(inputOf('4.0.15', '4.1.7')).hops[0]?.phases.find(({ name }) => name === 'migrate');
    expect(migrate?.waves.map(({ order, turns }) => [order, turns.map(({ instance }) => instance)])).toEqual([
      ['serial', ['cass-1', 'cass-2', 'cass-3']],
    ]);
  });

  test('P10 P11 M16 into 5.0 is finalized by two restarts of every node, in its own order, with the files rewritten between', async () => {
    const plan = planOf(inputOf('4.1.7', '5.0.4', sixNodes));
    await expect(printed(plan)).toMatchFileSnapshot('../golden/plan/cassandra-4.1-to-5.0.txt');
    expect(phasesOf(plan)).toEqual([['preflight', 'stage', 'canary', 'roll', 'verify', 'finalize', 'cleanup']]);
    const waves = plan.hops[0]?.phases.find(({ name }) => name === 'finalize')?.waves ?? [];
    expect(waves.map(({ order, name, turns }) => [order ?? null, name ?? null, turns.map(({ instance }) => instance)])).toEqual([
      [null, null, [null]],
      ['choose', 'restart in storage_compatibility_mode UPGRADING', inOrder],
      ['serial', 'rewrite files', inOrder],
      ['choose', 'restart in storage_compatibility_mode NONE', inOrder],
      [null, null, [null]],
    ]);
    for (const { turns } of waves.slice(1)) for (const { rollback } of turns) expect(rollback).toBe('none');
  });

  test('M50 P10 goes by one plan over a stop that was asked for, and says how to plan that again', async () => {
    const plan = planOf(inputOf('4.0.15', '5.0.4', threeNodes, ['4.1.7']));
    await expect(printed(plan)).toMatchFileSnapshot('../golden/plan/cassandra-4.0-by-4.1-to-5.0.txt');
    expect(plan.hops.map(({ from, to, rollback, finalize: { policy } }) => [from, to, rollback, policy])).toEqual([
      ['4.0.15', '4.1.7', 'restore-node', 'none'],
      ['4.1.7', '5.0.4', 'lossless', 'manual'],
    ]);
    expect(plan.goal).toEqual({ release: '5.0.4', via: ['4.1.7'] });
    expect(planAgain(plan)).toBe('drydock plan shop --to 5.0.4 --via 4.1.7 --snapshot list');
  });

  test('M12 takes each file from what the step before made of it, and back with the release', () => {
    const plan = planOf(inputOf('4.1.7', '5.0.4'));
    const ofFirst = [...turnsOf(plan)].filter(({ turn }) => turn.instance === 'cass-1').flatMap(({ turn }) => turn.variants[0] ?? []);
    const revisions = ofFirst.flatMap(({ steps }) => steps.flatMap(({ body }) => (body.kind === 'downtime' ? (body.config ?? []) : [])));
    expect(revisions.map(({ changes }) => changes.at(-1))).toEqual(
      ['CASSANDRA_4', 'UPGRADING', 'NONE'].map((value) => ({ op: 'set', key: 'storage_compatibility_mode', value })),
    );
    expect(revisions.slice(1).map(({ fromDigest }) => fromDigest)).toEqual(revisions.slice(0, -1).map(({ toDigest }) => toDigest));
    const undo = ofFirst.flatMap(({ undo: steps }) => steps.flatMap(({ body }) => (body.kind === 'downtime' ? (body.config ?? []) : [])));
    expect(undo).toEqual([{ changes: [], fromDigest: revisions[0]?.toDigest, toDigest: sha256Of(configFile) }]);
  });

  test('M12 is refused where an agent does not tell what becomes of the file', () => {
    const input = inputOf('4.1.7', '5.0.4');
    const silent = (input.migration ?? []).map((hop) => ({ ...hop, previews: new Map(), finalPreviews: [new Map(), new Map()] }));
    const made = makePlan({ ...input, migration: silent });
    expect('problems' in made ? made.problems.map(({ code }) => code) : []).toEqual(['no-preview', 'no-preview', 'no-preview']);
  });

  test('P11 M14 where a rollback restores, each node has its snapshot first, and no turn is rolled back automatically', () => {
    const plan = planOf(inputOf('4.0.15', '4.1.7'));
    const downtimes = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap(({ steps }) => steps)).map(({ body }) => body);
    for (const body of downtimes) if (body.kind === 'downtime') expect(body.onFailure).toBe('leave-stopped');
    const undo = [...turnsOf(plan)].flatMap(({ turn }) => (turn.disruptive ? turn.variants.flatMap((variant) => variant.undo) : []));
    expect(undo.flatMap(({ body }) => (body.kind === 'downtime' ? [body.parts.join(' ')] : []))).toEqual(
      Array.from({ length: 6 }, () => 'drain stop restore activate start'),
    );
  });

  test('M16 goes through two data centres one after the other', () => {
    const order = [...turnsOf(planOf(inputOf('4.1.6', '4.1.7', sixNodes)))].filter(({ turn }) => turn.disruptive);
    expect(order.map(({ turn }) => turn.instance)).toEqual(inOrder);
  });
});
