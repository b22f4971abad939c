/** PURE. May this order be taken in? Asked in this order: does it come from the controller that we obey, is it for us, do we know the words. */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { type ClosedList, callProblem } from '../../common/closed-list.ts';
import type { InstanceSettings } from '../../common/driver.ts';
import { type Failure, failure } from '../../common/failure.ts';
import type { Fence } from '../../common/link.ts';
import { downtimeParts, type Order, type OrderBody, orderIdOf, sameGiver } from '../../common/orders.ts';
import { localRun } from '../journal/agent-machine.ts';

interface HostSettings {
  readonly name: string;
  readonly instances: readonly { readonly settings: InstanceSettings }[];
}

/**
 * An order id says of what run, step and attempt it is, and is what its receipt stands under; orders that are made on this host have a run of
 * their own, which no other program gives. null: it is what it says.
 */
export function nameRefusal({ orderId, run, step, attempt }: Order): Failure | null {
  const named = orderIdOf(run, step, attempt);
  if (orderId !== named) return refused('bad-order', `order ${orderId} is refused: its run, step and attempt belong to the id ${named}`);
  return run === localRun
    ? refused('bad-order', `order ${orderId} is refused: orders of run ${localRun} come from this host only, not from a controller`)
    : null;
}

/** P5, of an order or of what else a controller wants done: a lower epoch, or the same one from another writer, is somebody who was superseded. null: obey. */
export function fenceRefusal(what: string, { cluster, epoch, writer }: Fence, fences: readonly Fence[]): Failure | null {
  const fence = fences.find((each) => each.cluster === cluster);
  if (fence === undefined || epoch > fence.epoch) return null;
  if (epoch === fence.epoch && writer === fence.writer) return null;
  return refused(
    'fenced',
    `${what} is from epoch ${epoch} of controller ${writer}; this agent obeys epoch ${fence.epoch} of controller ${fence.writer} for ${cluster}`,
  );
}

/**
 * P3: an order id is bound to what was ordered and to who gave it. A store that was restored, or that lost its end, gives the same id once
 * more: answered from the journal, what was done for another would pass for its own. null: the same order.
 */
export function bindingRefusal(order: Order, known: Order): Failure | null {
  if (orderDigest(order) === orderDigest(known)) return null;
  const what = sameGiver(order.given, known.given)
    ? 'with different content'
    : `by controller ${known.given.writer} in epoch ${known.given.epoch}`;
  return refused(
    'order-known-otherwise',
    `order ${order.orderId} of controller ${order.given.writer} is refused: this agent already has an order with this id, given ${what}`,
  );
}

/** P3: it was carried out here once, and its receipt is gone: it cannot be answered, and is not carried out again. */
export function removedRefusal({ orderId }: Order, removedAtMs: number): Failure {
  const day = new Date(removedAtMs).toISOString().slice(0, 10);
  return refused(
    'order-removed',
    `order ${orderId} is refused: this agent had it before, and its receipt was removed on ${day} by retention`,
  );
}

/** Of all but the fence, which rises when a successor sends the same order again. */
function orderDigest({ epoch: _epoch, writer: _writer, ...bound }: Order): string {
  return sha256Of(canonicalJson(bound));
}

/** P12: an order names its instance in full, and what it names must be so here. null: it is ours. */
export function targetRefusal(order: Order, host: HostSettings): Failure | null {
  const { target } = order;
  if (target.host !== host.name) return refused('wrong-target', `order ${order.orderId} is for host ${target.host}, this is ${host.name}`);
  const instance = host.instances.find(({ settings }) => settings.instance === target.instance)?.settings;
  if (instance === undefined) return refused('wrong-target', `order ${order.orderId}: ${host.name} has no instance ${target.instance}`);
  const differs = (
    [
      ['cluster', order.cluster, instance.cluster],
      ['engine', target.engine, instance.engine],
      ['data directory', target.dataDir, instance.dataDir],
    ] as const
  ).find(([, asked, here]) => asked !== here);
  if (differs === undefined) return null;
  return refused(
    'wrong-target',
    `order ${order.orderId}: the ${differs[0]} of ${target.instance} is ${differs[2]} here, not ${differs[1]}`,
  );
}

/** The closed lists of the instance that an order is for. */
export interface KnownWords {
  readonly checks: readonly string[];
  readonly verbs: ClosedList;
  readonly jobs: ClosedList;
  /** Settings of the running database. */
  readonly keys: readonly string[];
  readonly startFlags: readonly string[];
}

/** P13: the set of orders is closed; a word that the driver does not know is refused by name. null: all known. */
export function wordRefusal(order: Order, known: KnownWords): Failure | null {
  const { body } = order;
  const asked = [
    ...order.guards.map(({ check }) => check),
    ...(body.kind === 'observe' ? body.checks : []),
    ...(body.kind === 'await' ? [body.condition] : []),
  ];
  const unknown = asked.find((check) => !known.checks.includes(check));
  if (unknown !== undefined) return refused('unknown-check', `order ${order.orderId}: ${unknown} is not a check of this agent's driver`);
  if (!(order.deadlineMs > 0)) return refused('bad-order', `order ${order.orderId} has an invalid deadline: ${order.deadlineMs} ms`);
  const call = callRefusal(body, known);
  return call === null ? bodyRefusal(order) : refused('unknown-word', `order ${order.orderId}: ${call}`);
}

function callRefusal(body: OrderBody, { verbs, jobs, keys, startFlags }: KnownWords): string | null {
  if (body.kind === 'act') return callProblem(verbs, 'verb', body.verb, body.args);
  if (body.kind === 'downtime' && body.act !== undefined) {
    const call = callProblem(verbs, 'verb', body.act.verb, body.act.args);
    if (call !== null) return call;
  }
  if (body.kind === 'job') return callProblem(jobs, 'job', body.name, body.args);
  const flag = body.kind === 'downtime' ? body.startFlags?.find((each) => !startFlags.includes(each)) : undefined;
  if (flag !== undefined) return `${flag} is not a start flag of this agent's driver`;
  if ((body.kind === 'set' || body.kind === 'unset') && !keys.includes(body.key))
    return `${body.key} is not a setting of this agent's driver`;
  return null;
}

/** Names that reach a path. The wire's border checks them too; an order can also come from elsewhere. */
const releaseName = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$/;
const digest = /^sha256:[0-9a-f]{64}$/;
const reservedNames = ['current', 'previous'];

function bodyRefusal({ orderId, body }: Order): Failure | null {
  const releases = body.kind === 'downtime' ? [body.fromRelease, body.toRelease] : body.kind === 'stage' ? [body.bundle.release] : [];
  const bad = releases.find((release) => !releaseName.test(release) || reservedNames.includes(release));
  if (bad !== undefined) return refused('bad-order', `order ${orderId}: ${JSON.stringify(bad)} is not a release name`);
  if (body.kind === 'stage' && !body.bundle.artifacts.every((artifact) => digest.test(artifact.digest)))
    return refused('bad-order', `order ${orderId}: an artifact's digest is not a sha256`);
  if (body.kind !== 'downtime') return null;
  const inOrder = body.parts.every(
    (part, index) => index === 0 || downtimeParts.indexOf(part) > downtimeParts.indexOf(body.parts[index - 1] ?? part),
  );
  // Some of them are a part of what several orders do: others come before or after, and the unit stays held from the first to the last.
  if (!inOrder || !body.parts.some((part) => part !== 'quiesce'))
    return refused(
      'bad-order',
      `order ${orderId}: the parts [${body.parts.join(', ')}] of a downtime must be some of ${downtimeParts.join(', ')}, in this sequence`,
    );
  if (body.parts.includes('drain') && !body.parts.includes('stop'))
    return refused('bad-order', `order ${orderId}: a downtime that drains its instance must stop it`);
  if (body.parts.includes('act') !== (body.act !== undefined))
    return refused('bad-order', `order ${orderId}: a downtime must have both a verb and the part act, or neither`);
  if (body.act !== undefined && body.parts.includes('start'))
    return refused('bad-order', `order ${orderId}: a downtime that starts its instance cannot do a verb afterwards: use a separate order`);
  if (body.config !== undefined && !body.parts.includes('activate'))
    return refused('bad-order', `order ${orderId}: a downtime with a configuration must activate it`);
  if (body.fromRelease !== body.toRelease && !body.parts.includes('activate'))
    return refused('bad-order', `order ${orderId}: a downtime from ${body.fromRelease} to ${body.toRelease} must activate it`);
  return null;
}

function refused(code: string, message: string): Failure {
  return failure('refused', code, message);
}
