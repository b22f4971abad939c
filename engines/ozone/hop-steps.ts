/**
 * What the cluster as a whole is told, or waited for, around a hop: its managers prepared before everything stops and released once everything runs, and
 * the finalization, storage container managers first. PURE.
 * Source: "Non-rolling upgrades and downgrades", Apache Ozone documentation
 */
import type { NodeView } from '../../common/facts.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { HopPreparation, HopStepsInput } from '../../common/shape-forms.ts';
import { isSince } from '../kit/pure/series.ts';
import { awaitEach, type StepDraft, stepOf } from '../kit/pure/steps.ts';
import { type Component, componentOf, preparedKey, serverFactsOf } from './facts.ts';
import { ozoneScheme } from './scheme.ts';

/** Neither being prepared nor the flags that end it are older. */
const preparesSince = '1.2';
export const isPreparable = (version: string): boolean => isSince(ozoneScheme, version, preparesSince);

/** Capabilities, by which it is chosen who tells the cluster. */
export const omAdmin = 'om-admin';
export const scmAdmin = 'scm-admin';

/** A start of Java, and each manager writes a snapshot of its state. */
const preparing = { deadlineMs: 6 * 60_000, expectedMs: 15_000 };
const cancelling = { deadlineMs: 3 * 60_000, expectedMs: 5_000 };
const settling = { deadlineMs: 10 * 60_000, expectedMs: 10_000 };
const finalizing = { deadlineMs: 10 * 60_000, expectedMs: 20_000 };
/** SCM waits before it has datanodes close their containers (ozone.scm.close.container.wait.duration, 150 s), and ends with the first that are finalized. */
const finalizingScm = { ...finalizing, expectedMs: 170_000 };
/** Each datanode is told with its next heartbeat, and one that is away when it comes back. */
const following = { deadlineMs: 60 * 60_000, expectedMs: 10_000 };
const ofProbe = { deadlineMs: 60_000, expectedMs: 500 };

export function omHaOf(nodes: readonly NodeView[]): boolean | null {
  return nodes.map(({ facts }) => serverFactsOf(facts)?.omHa ?? null).find((omHa) => omHa !== null) ?? null;
}

const ofCluster = (capability: string, draft: StepDraft): Step => {
  const executor: Executor = { kind: 'capable', capability, preferRole: null };
  return { ...stepOf('', draft), executor };
};
const act = (verb: string, args: Extract<OrderBody, { kind: 'act' }>['args'] = {}): OrderBody => ({ kind: 'act', verb, args });

const prepareStep = (id: string): Step =>
  ofCluster(omAdmin, {
    id,
    title: 'om prepare: writes are refused from here on',
    body: { kind: 'set', scope: 'cluster', key: preparedKey, value: 'true' },
    ...preparing,
  });

const releaseStep = (id: string): Step =>
  ofCluster(omAdmin, {
    id,
    title: 'writes are allowed again',
    body: { kind: 'unset', scope: 'cluster', key: preparedKey, effect: null },
    ...cancelling,
  });

/** Several managers apply one log: none may apply old entries with new code, so nothing is left in it (HDDS-3698). */
function prepares({ nodes, hop }: HopStepsInput): boolean {
  return omHaOf(nodes) === true && isPreparable(hop.from);
}

export function prepare(input: HopStepsInput): HopPreparation {
  const { idPrefix } = input;
  if (!prepares(input)) return { steps: [], undo: [], risks: [] };
  return {
    steps: [prepareStep(`${idPrefix}.prepare-om`)],
    undo: [releaseStep(`${idPrefix}.undo.release-om`)],
    risks: [],
  };
}

const ofComponent = (input: HopStepsInput, component: Component): HopStepsInput => ({
  ...input,
  nodes: input.nodes.filter((node) => componentOf(node) === component),
});

/** Once everything runs. A manager that came up without its flag is healed; that all take writes again is looked at on each. */
export function onceStarted(input: HopStepsInput): Pick<HopPreparation, 'steps' | 'undo'> {
  const { idPrefix } = input;
  const out = {
    id: 'safe-mode',
    title: (instance: string) => `${instance} is out of safe mode`,
    condition: 'out-of-safe-mode',
    ...settling,
  };
  const writes = { id: 'writes', title: (instance: string) => `${instance} is out of prepare mode`, condition: 'not-prepared', ...ofProbe };
  const safe = awaitEach(ofComponent(input, 'scm'), out);
  if (!prepares(input)) return { steps: safe, undo: [] };
  const heal = ofCluster(omAdmin, {
    id: `${idPrefix}.heal-om`,
    title: 'cancelprepare, in case an OM started without its flag',
    body: act('cancelPrepare'),
    ...cancelling,
  });
  return {
    steps: [heal, ...awaitEach(ofComponent(input, 'om'), writes), releaseStep(`${idPrefix}.release-om`), ...safe],
    // The older release must not find anything in the log that the newer one wrote.
    undo: [prepareStep(`${idPrefix}.undo.prepare-om`)],
  };
}

/** The product keeps to no order; it waits without a word for datanodes that are not there, so these are asked for first. */
export function finalize(input: HopStepsInput): readonly Step[] {
  const { idPrefix } = input;
  const [scms, oms, datanodes] = (['scm', 'om', 'datanode'] as const).map((component) => ofComponent(input, component));
  const done = (instance: string) => `${instance} is finalized`;
  const enough = (instance: string) => `${instance} sees three healthy datanodes and none missing`;
  const none = (instance: string) => `${instance} sees no read-only datanode`;
  const tell = (service: 'scm' | 'om', capability: string, title: string, limits: typeof finalizing): Step =>
    ofCluster(capability, { id: `${idPrefix}.finalize-${service}`, title, body: act('finalize', { service }), ...limits });
  const finalized = (of: HopStepsInput | undefined, limits: typeof following): readonly Step[] =>
    of === undefined ? [] : awaitEach(of, { id: 'finalized', title: done, condition: 'finalized', ...limits });
  const counted = (id: string, title: (instance: string) => string, condition: string, limits: typeof following): readonly Step[] =>
    scms === undefined ? [] : awaitEach({ ...scms, nodes: scms.nodes.slice(0, 1) }, { id, title, condition, ...limits });
  return [
    ...counted('datanodes', enough, 'datanodes-to-finalize', ofProbe),
    tell('scm', scmAdmin, 'finalize SCM', finalizingScm),
    ...finalized(scms, following),
    tell('om', omAdmin, 'finalize OM', finalizing),
    ...finalized(oms, following),
    ...finalized(datanodes, following),
    ...counted('read-only', none, 'no-read-only-datanodes', following),
  ];
}
