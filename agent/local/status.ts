/** What `drydock-agent status` tells: what runs here, which order holds which unit, and what can be done about it. */

import { holderOf } from '../downtime/machine.ts';
import type { Vantage } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import { downtimeBeganMs, type OrderState } from '../journal/agent-machine.ts';
import type { Journal } from '../journal/journal.ts';

/** Why only this agent starts a unit, and how to get it back into one's own hands. */
export interface Holder {
  /** null: no order wants this hold any more. */
  readonly orderId: string | null;
  /** When the order began to hold it. */
  readonly since: string | null;
  readonly why: string;
  /** Commands of `drydock-agent`, without its name. */
  readonly commands: readonly string[];
}

export interface LocalStatus {
  readonly apiVersion: 'drydock/v1';
  readonly host: string;
  readonly connected: boolean;
  readonly instances: readonly {
    readonly instance: string;
    /** null: what runs the units does not answer. */
    readonly running: boolean | null;
    readonly release: string | null;
    readonly previous: string | null;
    readonly unit: string;
    /** Only this agent starts its unit now. */
    readonly held: boolean;
    readonly heldBy: Holder | null;
  }[];
  readonly orders: readonly {
    readonly orderId: string;
    readonly instance: string;
    readonly kind: string;
    readonly phase: string;
    readonly parts: readonly string[];
  }[];
  readonly reportsWaiting: number;
}

export interface StatusParts {
  readonly hostName: string;
  readonly vantage: Vantage;
  readonly instances: readonly Instance[];
  readonly journal: Journal;
  readonly isConnected: () => boolean;
}

export async function statusOf({ hostName, vantage, instances, journal, isConnected }: StatusParts): Promise<LocalStatus> {
  const held = await vantage.host.lockedUnits();
  const seen = await Promise.all(
    instances.map(async ({ settings }) => {
      const { current, previous } = await vantage.host.releasesSeen(settings.releasesDir);
      const unit = await vantage.host.unitState(settings.unit).catch(() => null);
      const isHeld = held.includes(settings.unit);
      return {
        instance: settings.instance,
        running: unit?.active ?? null,
        release: current,
        previous,
        unit: settings.unit,
        held: isHeld,
        heldBy: isHeld ? reportHolder(settings.instance, holderIn(journal, settings.instance)) : null,
      };
    }),
  );
  const orders = journal.openOrders().map(({ order, phase, parts }) => ({
    orderId: order.orderId,
    instance: order.target.instance,
    kind: order.body.kind,
    phase,
    parts: parts.map(({ part, way, endedMs }) => `${way === 'back' ? 'revert ' : ''}${part}${endedMs === null ? ' …' : ''}`),
  }));
  return {
    apiVersion: 'drydock/v1',
    host: hostName,
    connected: isConnected(),
    instances: seen,
    orders,
    reportsWaiting: journal.pendingReports().length,
  };
}

/** The order for which an instance's unit is held, if it is held. */
export function holderIn(journal: Journal, instance: string): OrderState | null {
  const open = journal.openOrders().filter(({ order }) => order.target.instance === instance);
  return holderOf(open, journal.endedDowntimes(instance));
}

function reportHolder(instance: string, state: OrderState | null): Holder {
  if (state === null)
    return {
      orderId: null,
      since: null,
      why: 'no order needs it any more; the agent removes it at its next start, or drydock-agent release removes it now',
      commands: [`release ${instance}`],
    };
  const { orderId, run } = state.order;
  const beganMs = downtimeBeganMs(state);
  const since = beganMs === null ? null : new Date(beganMs).toISOString();
  if (state.receipt === null)
    return { orderId, since, why: `${orderId} is under way: it ends automatically`, commands: [`finish ${orderId}`, `release ${orderId}`] };
  return {
    orderId,
    since,
    why:
      `${orderId} stopped it and left it stopped; a later order of run ${run} starts it; ` +
      'once the lock is removed, it can be started: check first that no other member has taken over its role',
    commands: [`release ${orderId}`],
  };
}
