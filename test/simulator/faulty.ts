/** Programs and machines with one fault each, for the tests that plant them. */
import type { OrderEntry } from '../../agent/journal/agent-machine.ts';
import type { Journal } from '../../agent/journal/journal.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Receipt } from '../../common/orders.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Controller } from '../../controller/controller.ts';
import type { SimHost } from './sim-host.ts';

/** A node that is down is told as it was when it was last well, across restarts of the controller. */
export function staleFacts(): (controller: Controller) => void {
  const well = new Map<string, NodeFacts>();
  return ({ fleet }) => {
    const real = fleet.probe.bind(fleet);
    fleet.probe = async (instance, checks, deadlineMs) => {
      const facts = await real(instance, checks, deadlineMs);
      if (facts.inService) well.set(instance, facts);
      return well.get(instance) ?? facts;
    };
  };
}

export const withoutHealthChecks = (real: Procedure): Procedure => ({
  ...real,
  turn: (input) => ({ ...real.turn(input), steps: real.turn(input).steps.filter(({ body }) => body.kind === 'downtime') }),
});

/** Does not keep what it told: every time it is asked, it makes the receipt up anew. */
export function forgetReceipts(real: Journal): Journal {
  let reported = 0;
  return {
    ...real,
    pendingReports: () => real.pendingReports().map((report) => ({ ...report, receipt: { ...report.receipt, elapsedMs: ++reported } })),
  };
}

/** Writes down other bytes than came, and says that they are those of the digest. */
export function damageBytes(host: SimHost): void {
  const open = host.openPartial.bind(host);
  host.openPartial = async (releasesDir, digest) => {
    const partial = await open(releasesDir, digest);
    return {
      offset: partial.offset,
      write: (piece) => partial.write(piece.map((byte) => byte ^ 1)),
      close: async () => ({ ...(await partial.close()), digest }),
    };
  };
}

/** Cleans up as soon as the new release is in place. */
export function removePrevious(host: SimHost): void {
  const activate = host.activateRelease.bind(host);
  host.activateRelease = async (releasesDir, release, previous) => {
    await activate(releasesDir, release, previous);
    if (previous !== null) await host.removeRelease(releasesDir, previous);
  };
}

/** Takes a unit for stopped that was only asked to stop: it ends when the other release is in place. */
export function stopLater(host: SimHost): void {
  const [state, stop, activate] = [host.unitState.bind(host), host.stopUnit.bind(host), host.activateRelease.bind(host)];
  let owed: (() => Promise<void>) | null = null;
  host.unitState = async (name) => (owed === null ? state(name) : { active: false, invocationId: null, pid: null });
  host.stopUnit = async (name, timeoutMs) => {
    owed = () => stop(name, timeoutMs);
  };
  host.activateRelease = async (...args) => {
    await activate(...args);
    await owed?.();
    owed = null;
  };
}

/** Gives proofs little time, and believes whatever it is told. */
export const hasty = (real: Procedure): Procedure => ({
  ...real,
  judge: () => ({ ok: true }),
  turn: (input) => {
    const draft = real.turn(input);
    return { ...draft, steps: draft.steps.map((step) => (step.body.kind === 'await' ? { ...step, deadlineMs: 8_000 } : step)) };
  },
});

/** Writes "done" where the time ran out; `why`: and keeps the reason beside it. */
export const optimistic =
  (why: 'kept' | 'dropped') =>
  (real: Journal): Journal => {
    const brighten = ({ failure, ...receipt }: Receipt): Receipt => ({
      ...receipt,
      outcome: 'done',
      ...(why === 'kept' && failure !== undefined ? { failure } : {}),
    });
    return {
      ...real,
      append: (orderId, written) =>
        real.append(
          orderId,
          [written]
            .flat()
            .map(
              (entry: OrderEntry): OrderEntry =>
                entry.type === 'ended' && entry.receipt.failure?.class === 'timeout'
                  ? { ...entry, receipt: brighten(entry.receipt) }
                  : entry,
            ),
        ),
    };
  };
