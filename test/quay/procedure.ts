/**
 * The procedure of quay: routers that route, stores that keep, and a lens that only shows. Routers are told to prepare before everything stops; the
 * stores' format is finalized by a word; a lens that fails keeps nothing.
 */
import type { NodeView } from '../../common/cluster-view.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { Direction, Step } from '../../common/plan.ts';
import type { HopStepsInput, Procedure } from '../../common/procedure.ts';
import type { NodeWave, StoppedForm, WaveTurn } from '../../common/shape-forms.ts';
import type { TurnInput } from '../../common/turn-draft.ts';
import { awaitSelf, type StepDraft, stepOf } from '../../engines/kit/pure/steps.ts';

export const components = ['router', 'store', 'lens'] as const;
export type Component = (typeof components)[number];

export const componentOf = ({ instance }: Pick<NodeView, 'instance'>): Component =>
  components.find((component) => instance.startsWith(component)) ?? 'store';

const minuteMs = 60_000;
const draft = (id: string, title: string, body: OrderBody): StepDraft => ({
  id,
  title,
  body,
  deadlineMs: 10 * minuteMs,
  expectedMs: 1_000,
  healthCheck: null,
});

type Part = Extract<OrderBody, { kind: 'downtime' }>['parts'][number];

interface Change {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Part[];
  readonly way: 'forward' | 'back';
  readonly onFailure?: 'revert' | 'leave-stopped';
}

function downtime(input: TurnInput, { id, title, parts, way, onFailure = 'leave-stopped' }: Change): Step {
  const { hop, fromRelease, toRelease, node } = input;
  const [before, after] = way === 'forward' ? [fromRelease, toRelease] : [toRelease, fromRelease];
  // What changes no release stands at one: a stop at that of before, a start at that of afterwards.
  const [from, to] = parts.includes('activate') ? [before, after] : parts.includes('start') ? [after, after] : [before, before];
  const mode: Direction = way === 'forward' ? hop.direction : hop.direction === 'upgrade' ? 'downgrade' : 'upgrade';
  return stepOf(
    node.instance,
    draft(id, title, {
      kind: 'downtime',
      mode: from === to ? 'normal' : mode,
      parts,
      fromRelease: from,
      toRelease: to,
      expectVersion: way === 'forward' ? hop.to : hop.from,
      onFailure,
    }),
  );
}

const serves = (input: TurnInput, id: string): Step => ({
  ...stepOf(input.node.instance, draft(id, 'in service', awaitSelf('in-service'))),
  healthCheck: 'in-service',
});

const act = (instance: string, id: string, title: string, verb: string): Step =>
  stepOf(instance, draft(id, title, { kind: 'act', verb, args: {} }));

function wavesOf(nodes: readonly NodeView[], order: readonly Component[]): readonly NodeWave[] {
  return order.map((name) => ({
    name,
    order: name === 'router' ? 'serial' : 'together',
    instances: nodes.filter((node) => componentOf(node) === name).map(({ instance }) => instance),
  }));
}

/** What a stop of everything consists of, for both kinds of hops that have one. */
const stopped: StoppedForm = {
  clientsSee: 'nothing can be read or written',
  stopWaves: ({ nodes }) => wavesOf(nodes, ['lens', 'router', 'store']),
  startWaves: ({ nodes }) => wavesOf(nodes, ['store', 'router', 'lens']),
  snapshots: (node) => componentOf(node) === 'store',
  stop: (input): WaveTurn => ({
    steps: [
      {
        ...downtime(input, { id: `${input.idPrefix}.stop`, title: 'stop', parts: ['quiesce', 'stop'], way: 'forward' }),
        guards: [{ check: 'in-service' }],
      },
    ],
    undo: [
      // What ran before is in place: by the undo of the wave that activated, or because that never came.
      {
        ...downtime(input, { id: `${input.idPrefix}.undo.start`, title: 'start again', parts: ['start'], way: 'back' }),
      },
      serves(input, `${input.idPrefix}.undo.serves`),
    ],
  }),
  activate: (input): WaveTurn => ({
    steps: [downtime(input, { id: `${input.idPrefix}.activate`, title: `activate ${input.hop.to}`, parts: ['activate'], way: 'forward' })],
    undo: [
      downtime(input, { id: `${input.idPrefix}.undo.activate`, title: `activate ${input.hop.from}`, parts: ['activate'], way: 'back' }),
    ],
  }),
  start: (input): WaveTurn => ({
    steps: [
      downtime(input, { id: `${input.idPrefix}.start`, title: 'start', parts: ['start'], way: 'forward' }),
      serves(input, `${input.idPrefix}.serves`),
    ],
    undo: [downtime(input, { id: `${input.idPrefix}.undo.stop`, title: 'stop again', parts: ['stop'], way: 'back' })],
  }),
};

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
        ofCluster(`${idPrefix}.hold-back`, 'hold the finalization back', {
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
    risks: ['while the routers are prepared no write is taken'],
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

export const quayProcedure: Procedure = {
  engine: 'quay',
  needs: ['in-service'],
  proves: ['all-members-healthy'],
  looks: { everyMs: 2_000, answerMs: 5_000 },
  preflightChecks: [],
  refuses: ['members-out'],
  verifyChecks: [],
  roles: ['member'],
  leaderRole: 'member',
  restMs: 14 * 86_400_000,
  allowedUnfinalized: [],
  component: (node) => ({ component: componentOf(node), group: componentOf(node), critical: componentOf(node) !== 'lens' }),
  assess: ({ nodes }, outOfTurn) =>
    nodes
      .filter(({ instance, facts }) => !outOfTurn.includes(instance) && facts?.inService === false && !instance.startsWith('lens'))
      .map(({ instance }) => ({
        check: 'members-out',
        severity: 'refuse',
        subject: instance,
        detail: `${instance} is not in service`,
        clears: 'automatic',
      })),
  membersSeen: ({ nodes }) => nodes.flatMap(({ facts }) => facts?.memberId ?? []),
  eligible: (remaining) => [...remaining].sort(),
  turn(input) {
    const { idPrefix } = input;
    const all = ['quiesce', 'stop', ...(input.restore === null ? [] : (['restore'] as const)), 'activate', 'start'] as const;
    const there = downtime(input, { id: `${idPrefix}.downtime`, title: 'downtime', parts: [...all], way: 'forward', onFailure: 'revert' });
    const back = downtime(input, {
      id: `${idPrefix}.undo.downtime`,
      title: 'downtime back',
      parts: ['quiesce', 'stop', 'activate', 'start'],
      way: 'back',
      onFailure: 'revert',
    });
    const restored = { ...there, body: { ...there.body, ...(input.restore === null ? {} : { restore: input.restore }) } as OrderBody };
    return {
      steps: [restored, serves(input, `${idPrefix}.serves`)],
      undo: [back, serves(input, `${idPrefix}.undo.serves`)],
      downtimeMs: 1_000,
    };
  },
  prepare,
  finalize,
  allStop: stopped,
  inPlace: {
    ...stopped,
    attests: ({ to }) => [`the notes of ${to} are read, and a backup of everything is restored and compared elsewhere`],
    pointOfNoReturn: 'the data becomes that of the new version',
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
  verify: (input) => [serves(input, `${input.idPrefix}.serves`)],
  judge(healthCheck, facts, { version, instance }) {
    const running = facts.version.running;
    if (facts.inService && running === version) return { ok: true };
    const detail = running === version ? `${instance} is not in service` : `${instance} runs ${running ?? 'nothing'}, not ${version}`;
    return {
      ok: false,
      hold: {
        kind: 'health-check-failed',
        subject: instance,
        detail: `${healthCheck}: ${detail}`,
        releasedBy: 'person',
        until: '',
        commands: [],
      },
    };
  },
};
