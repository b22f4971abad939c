/**
 * The procedure of quay: routers that route, stores that keep, and a lens that only shows. Routers are told to prepare before everything stops; the
 * stores' format is finalized by a word; a lens that fails keeps nothing.
 */
import { z } from 'zod';
import type { NodeView } from '../../common/facts.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { HopStepsInput, TurnInput } from '../../common/shape-forms.ts';
import type { Checks } from '../../engines/kit/pure/checks.ts';
import { defineEngine } from '../../engines/kit/pure/engine.ts';
import { complain } from '../../engines/kit/pure/judge.ts';
import { factsReader } from '../../engines/kit/pure/scene.ts';
import { awaitSelf, type StepDraft, stepOf } from '../../engines/kit/pure/steps.ts';
import { downtimeStep, type Part, type TurnTable } from '../../engines/kit/pure/turns.ts';

export const components = ['router', 'store', 'lens'] as const;
export type Component = (typeof components)[number];

export const componentOf = ({ instance }: Pick<NodeView, 'instance'>): Component =>
  components.find((component) => instance.startsWith(component)) ?? 'store';

const limits = { deadlineMs: 10 * 60_000, expectedMs: 1_000 };
const draft = (id: string, title: string, body: OrderBody): StepDraft => ({ id, title, body, ...limits, healthCheck: null });

const serves = (input: TurnInput, id: string): Step => ({
  ...stepOf(input.node.instance, draft(id, 'in service', awaitSelf('in-service'))),
  healthCheck: 'in-service',
});

const act = (instance: string, id: string, title: string, verb: string): Step =>
  stepOf(instance, draft(id, title, { kind: 'act', verb, args: {} }));

/** As long as it is set the database finalizes nothing. */
export const holdBackKey = 'hold-back';

/** Of the whole cluster: any agent that can carries it out, and any that can restores it. */
const ofCluster = (id: string, title: string, body: OrderBody): Step => ({
  ...stepOf('', draft(id, title, body)),
  executor: { kind: 'capable', capability: 'sql-admin', preferRole: null },
});

function prepare({ idPrefix, hop, nodes }: HopStepsInput) {
  if (hop.to === '6.0')
    return {
      steps: [
        ofCluster(`${idPrefix}.hold-back`, 'hold finalization back', {
          kind: 'set',
          scope: 'cluster',
          key: holdBackKey,
          value: hop.from,
        }),
      ],
      undo: [
        ofCluster(`${idPrefix}.undo.let-go`, 'let the finalization go', {
          kind: 'unset',
          scope: 'cluster',
          key: holdBackKey,
          effect: null,
        }),
      ],
      risks: [],
    };
  const routers = nodes.filter((node) => componentOf(node) === 'router');
  if (hop.to !== '2.0') return { steps: [], undo: [], risks: [] };
  return {
    steps: routers.map(({ instance }) => act(instance, `${idPrefix}.prepare-${instance}`, `prepare ${instance}`, 'prepare')),
    undo: routers.map(({ instance }) =>
      act(instance, `${idPrefix}.undo.cancel-${instance}`, `cancel the preparation of ${instance}`, 'cancelPrepare'),
    ),
    risks: ['while the routers are prepared no write is accepted'],
  };
}

/** Stores first, then routers: the database does not keep to that order, so the plan does. */
function finalize({ idPrefix, hop, nodes }: HopStepsInput): readonly Step[] {
  if (hop.to === '6.0')
    return [
      ofCluster(`${idPrefix}.let-go`, 'let the finalization go', { kind: 'unset', scope: 'cluster', key: holdBackKey, effect: null }),
    ];
  return (['store', 'router'] as const).flatMap((component) =>
    nodes
      .filter((node) => componentOf(node) === component)
      .map(({ instance }) => act(instance, `${idPrefix}.finalize-${instance}`, `finalize ${instance}`, 'finalize')),
  );
}

/** One act of the node. */
const one = (input: TurnInput, id: string, verb: string, title: string): readonly Step[] => [
  act(input.node.instance, `${input.idPrefix}.${id}`, title, verb),
];

const bodyStep = (input: TurnInput, id: string, title: string, body: OrderBody): readonly Step[] => [
  stepOf(input.node.instance, draft(`${input.idPrefix}.${id}`, title, body)),
];

const job = (input: TurnInput, name: string, title: string): readonly Step[] =>
  bodyStep(input, name, title, { kind: 'job', name, args: {}, cursor: null });

const ofStores = (input: TurnInput, steps: readonly Step[]): readonly Step[] => (componentOf(input.node) === 'store' ? steps : []);

const cloneOf = ({ node: { instance } }: TurnInput): OrderBody => ({
  kind: 'instance',
  action: 'create',
  from: 'clone',
  source: instance,
  ports: {},
  ids: {},
});

/** What a stop of everything consists of, for both kinds of hops that have one. */
const everything = {
  clientsSee: 'nothing can be read or written',
  stop: ['lens', 'router', 'store'],
  start: ['store', 'router', 'lens'],
} as const;

export const checks = {
  'in-service': { answer: 'host', waveGuard: true },
  'members-out': {
    clears: 'automatic',
    wrong: ({ expected }) =>
      expected
        .filter(({ node }) => node.facts?.inService === false && componentOf(node) !== 'lens')
        .map(({ node: { instance } }) => ({ subject: instance, detail: `${instance} is not in service` })),
  },
} satisfies Checks<unknown, object>;

const turns: TurnTable = {
  downtime: { ...limits, outMs: 1_000 },
  health: limits,
  verify: { ...limits, title: 'in service' },
};

/** It tells nothing of its own. */
export const serverSchema = z.object({});

export const quayProcedure = defineEngine<unknown, object, Component>({
  engine: 'quay',
  checks,
  factsOf: factsReader(serverSchema),
  roles: ['member'],
  noRole: 'no member',
  leaderRole: 'member',
  proves: ['all-members-healthy'],
  probes: { everyMs: 2_000, answerMs: 5_000 },
  restMs: 14 * 86_400_000,
  allowedUnfinalized: [],
  knows: () => [],
  sees: () => null,
  next: (rest) => rest.toSorted((one, other) => (one.node.instance < other.node.instance ? -1 : 1)),
  turns,
  judges: {
    'in-service': ({ inService, version: { running } }, { version, instance }) => {
      if (inService && running === version) return null;
      return complain(
        `in-service: ${instance} ${running === version ? 'is not in service' : `runs ${running ?? 'nothing'}, not ${version}`}`,
      );
    },
  },
  components: {
    of: componentOf,
    table: { router: { order: 'serial' }, store: { order: 'together', snapshot: true }, lens: { order: 'together', lesser: true } },
  },
  prepare,
  finalize,
  allStop: everything,
  inPlace: {
    ...everything,
    attests: ({ to }) => [`the notes of ${to} are read, and a backup of everything is restored and compared elsewhere`],
    pointOfNoReturn: 'the data is converted to the new version',
    migrate: (input) => ofStores(input, job(input, 'migrate', `migrate ${input.node.instance}`)),
    afterStart: (input) => ofStores(input, job(input, 'reindex', `reindex ${input.node.instance}`)),
  },
  sideBySide: {
    switched: 'clients are sent to the clone',
    create: (input) => bodyStep(input, 'create', `create a clone of ${input.node.instance}`, cloneOf(input)),
    copy: (input) => job(input, 'copy', `copy ${input.node.instance}`),
    compare: (input) => one(input, 'compare', 'compare', `compare ${input.node.instance} with its clone`),
    switchOver: (input) => ({
      steps: one(input, 'switch', 'switch', `switch ${input.node.instance} to its clone`),
      undo: one(input, 'undo.switch', 'switchBack', `switch ${input.node.instance} back`),
    }),
    accept: (input) => [serves(input, `${input.idPrefix}.serves`)],
    retire: (input) => bodyStep(input, 'retire', `retire what ${input.node.instance} was`, { kind: 'instance', action: 'retire' }),
    discard: (input) => one(input, 'undo.discard', 'discard', `discard the clone of ${input.node.instance}`),
  },
  shape: {
    // Its nodes serve at once: nothing has to settle.
    turn(input) {
      const { idPrefix, restore } = input;
      const change = (way: 'forward' | 'back', id: string, title: string, parts: readonly Part[]): Step =>
        downtimeStep(input, { id: `${idPrefix}.${id}`, title, parts, way, onFailure: 'revert', guards: [], ...limits });
      const there: readonly Part[] = ['quiesce', 'stop', ...(restore === null ? [] : (['restore'] as const)), 'activate', 'start'];
      return {
        steps: [change('forward', 'downtime', 'downtime', there), serves(input, `${idPrefix}.serves`)],
        undo: [
          change('back', 'undo.downtime', 'downtime back', ['quiesce', 'stop', 'activate', 'start']),
          serves(input, `${idPrefix}.undo.serves`),
        ],
        downtimeMs: 1_000,
      };
    },
    verify: (input) => [serves(input, `${input.idPrefix}.serves`)],
  },
});
