/**
 * PURE. The one place where what earlier releases stored becomes what this release knows: plans, events and orders, as they are read. The
 * stored text itself is never rewritten, for digests and hash chains cover its very bytes; they are always checked on it, and shown with it.
 *
 * A release that changes a shape
 * 1. counts `planVersion` or `eventVersion` up by one, however much it changes, and changes the types (a new kind of event counts, too);
 * 2. adds one step here, from the version before to its own: plain JSON in, plain JSON out. What it cannot know it makes out of what is there,
 *    or it leaves an optional member out. A step is never changed once it was released, except where it is wrong;
 * 3. counts `foldVersion` (controller/sequencer/run/run-status.ts) up when the same events fold to another status than before;
 * 4. keeps its own logs with `scripts/record-runs.ts`: test/recorded/runs has those of every release, and they replay in every test run.
 * Lists read some members by SQL (`$.cluster`, `$.target.host`, `$.step` and `$.attempt` of orders, `$.holds` of a status): these stay where
 * they are in every version.
 */
import { eventVersion, type FleetEvent, type RunEvent, runEventTypes, type StoredEvent } from './events.ts';
import { fail } from './failure.ts';
import type { OrderBody } from './order-body.ts';
import type { Order } from './orders.ts';
import { type Goal, type Hop, type Plan, planVersion, type Step, type Turn, type TurnVariant, type Wave } from './plan.ts';

type Stored = Readonly<Record<string, unknown>>;
type Upcaster = (stored: Stored) => Stored;

/** At index n: from version n + 1 to n + 2. */
const planSteps: readonly Upcaster[] = [
  // Plans of 0.1 name no version, and of a hop's finalization only the policy: none of them was a person's to command. Some of their verbs are kinds
  // of their own since. What is restored has the run in the ids of the snapshots.
  (plan) => ({
    ...plan,
    v: 2,
    goal: upcastGoal(plan.goal),
    hops: (plan.hops as readonly Stored[]).map((hop) => ({ ...upcastHopBodies(hop), finalize: finalizeOf(String(hop.finalize)) })),
  }),
];
const eventSteps: readonly Upcaster[] = [
  // 2 has more kinds of events; those of 1 are as they were.
  (event) => event,
];

const finalizeOf = (policy: string): Stored => ({ policy, soakMs: 0, deadlineMs: null, pointOfNoReturn: policy !== 'none' });

/**
 * A plan as it was stored, in today's shape.
 * @param stored its JSON, parsed
 * Throws FailureError(refused, `plan-too-new`).
 */
export function upcastPlan(stored: unknown, planId: string): Plan {
  const plan = stored as Stored;
  const v = typeof plan.v === 'number' ? plan.v : 1;
  if (v > planVersion)
    throw fail(
      'refused',
      'plan-too-new',
      `plan ${planId} was made by a newer Drydock (plan version ${v}, this one reads up to ${planVersion}): use that version for it`,
    );
  return through(planSteps, v, plan) as unknown as Plan;
}

/**
 * The body of an event as it was stored, in today's shape. One of a later release is given as it is: a reader that must understand it asks
 * `refuseLaterEvent` first.
 * @param v of its envelope; 0, as one that was left out comes over the wire: of 0.1
 */
export function upcastEvent<E extends RunEvent | FleetEvent>(stored: unknown, v: number): E {
  return through(eventSteps, v, stored as Stored) as unknown as E;
}

/** What a plan is for, which lists read without the plan. */
export function upcastGoal(stored: unknown): Goal {
  const { restore, ...rest } = stored as Goal;
  if (restore === undefined) return rest;
  return { ...rest, restore: { ...restore, run: upcastSnapshotRun(restore.run, restore.snapshots[0]?.snapshot ?? '') } };
}

/**
 * The run that made a snapshot, of its manifest, of what an agent announces, or of what a plan restores.
 * @param run undefined or empty: written by 0.1, which left it to the id
 * @param id of 0.1: `<run>.<instance>`, and no run's id has a dot
 */
export function upcastSnapshotRun(run: string | undefined, id: string): string {
  return run === undefined || run === '' ? (id.split('.')[0] ?? '') : run;
}

/** Of a run's chain. Throws FailureError(refused, `run-too-new`). */
export function refuseLaterEvent({ chain, seq, v, body: { type } }: StoredEvent): void {
  if (v <= eventVersion && Object.hasOwn(runEventTypes, type)) return;
  const what = v > eventVersion ? `has version ${v}, this one reads up to ${eventVersion}` : `is ${type}, which this one does not support`;
  throw fail('refused', 'run-too-new', `run ${chain} was written by a newer Drydock (event ${seq} ${what}): use that version for it`);
}

/** An order as it was stored here or in an agent's journal. Those without a giver were given by who stands on them. */
export function upcastOrder(stored: unknown): Order {
  const order = stored as Omit<Order, 'given'> & Partial<Pick<Order, 'given'>>;
  return { ...order, given: order.given ?? { epoch: order.epoch, writer: order.writer }, body: upcastBody(order.body) };
}

const through = (steps: readonly Upcaster[], v: number, stored: Stored): Stored =>
  steps.slice(Math.max(v, 1) - 1).reduce((so, step) => step(so), stored);

// Order bodies as release 0.1 wrote them, in plans, orders and journals, as what they are called now; newer ones stay as they are.

interface OldBody {
  readonly kind: string;
  readonly verb?: string;
  readonly [field: string]: unknown;
}

/** Never throws: what is stored was parsed when it was taken in. */
export function upcastBody(stored: unknown): OrderBody {
  const body = stored as OldBody;
  if (body.kind === 'act' && body.args === undefined) return upcastAct(body) as OrderBody;
  if ((body.kind === 'set' || body.kind === 'unset') && body.scope === undefined) return { ...body, scope: 'node' } as unknown as OrderBody;
  return body as unknown as OrderBody;
}

/** Drydock's own acts have kinds of their own since; what an engine's verb was told stood beside it. */
function upcastAct({ kind, verb, token, ...told }: OldBody): unknown {
  if (verb === 'configure') return { kind: 'configure', ...told };
  if (verb === 'finalize') return { kind: 'cleanup', ...told };
  return { kind, verb, args: told, ...(token == null ? {} : { token }) };
}

/** A hop of a stored plan with the bodies of all its steps. */
function upcastHopBodies(stored: unknown): Pick<Hop, 'phases'> {
  const hop = stored as Hop;
  const steps = (old: readonly Step[]): readonly Step[] => old.map((step) => ({ ...step, body: upcastBody(step.body) }));
  const variant = ({ handover, ...old }: TurnVariant): TurnVariant => ({
    ...old,
    steps: steps(old.steps),
    undo: steps(old.undo),
    ...(handover === undefined ? {} : { handover: { ...handover, undo: steps(handover.undo) } }),
  });
  const turn = (old: Turn): Turn => ({ ...old, variants: old.variants.map(variant) });
  const wave = (old: Wave): Wave => ({ ...old, turns: old.turns.map(turn) });
  return { ...hop, phases: hop.phases.map((phase) => ({ ...phase, waves: phase.waves.map(wave) })) };
}
