/** A run as its decisions alone make it: no store, no clock, no controller; the twins of the fleet carry out what is decided, at once. */
import type { RunEvent } from '../../common/events.ts';
import type { AgentMessage } from '../../common/link.ts';
import type { Plan } from '../../common/plan.ts';
import { decide } from '../../controller/sequencer/decide/decide.ts';
import type { DecisionInput } from '../../controller/sequencer/decide/decision-input.ts';
import { effectEvents, verdictOf } from '../../controller/sequencer/decide/verdict.ts';
import { planIndex, versionAt } from '../../controller/sequencer/run/run-index.ts';
import { foldRun, nextStatus } from '../../controller/sequencer/run/run-machine.ts';
import { badSteps, findStep, isOver, type RunStatus } from '../../controller/sequencer/run/run-status.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { type FleetTwin, twinCluster } from '../twins/fleet.ts';
import { openingEvents } from './started-run.ts';

export const runId = 'r-1';

export class PureRun {
  readonly fleet: FleetTwin;
  readonly plan: Plan;
  status: RunStatus = foldRun(openingEvents);
  readonly #reports: Extract<AgentMessage, { type: 'report' }>[] = [];

  /** The plan is of this fleet as it is. */
  constructor(fleet: FleetTwin, plan: Plan) {
    this.fleet = fleet;
    this.plan = plan;
    fleet.listen({
      connected: () => {},
      disconnected: () => {},
      observed: () => {},
      received: (_host, message) => {
        if (message.type === 'report') this.#reports.push(message);
      },
    });
  }

  say(event: RunEvent): void {
    this.status = nextStatus(this.status, event);
  }

  async decisionInput(change: Partial<DecisionInput> = {}): Promise<DecisionInput> {
    return {
      runId,
      plan: this.plan,
      status: this.status,
      view: await this.fleet.view(twinCluster),
      fresh: true,
      lost: new Map(),
      membership: [],
      busyHosts: new Map(),
      dueAgain: new Set(),
      soaks: new Map(),
      expired: new Set(),
      unheard: [],
      behindFleet: null,
      rulesChanged: null,
      restarted: new Set(),
      procedure: postgresqlProcedure,
      claim: { cluster: twinCluster, epoch: 1, writer: 'w' },
      actor: null,
      ...change,
    };
  }

  /** Until the run is over, stands still, or the condition holds. Every step that waits to be tried again is. */
  async play(until: (status: RunStatus) => boolean = () => false): Promise<RunStatus> {
    for (let round = 0; round < 400; round++) {
      if (isOver(this.status) || until(this.status)) return this.status;
      const again = badSteps(this.status).flatMap(({ step, status }) => (status.hold?.releasedBy === 'automatic' ? [step] : []));
      const { events, orders } = decide(await this.decisionInput({ dueAgain: new Set(again) }));
      for (const event of events) this.say(event);
      for (const order of orders) this.fleet.send(order.target.host, { type: 'order', order });
      // Orders end as soon as everything else stands still.
      await new Promise((resolve) => setImmediate(resolve));
      if (events.length === 0 && this.#reports.length === 0) return this.status;
      for (const report of this.#reports.splice(0)) this.#judge(report);
    }
    throw new Error('it never stood still');
  }

  #judge({ receipt }: Extract<AgentMessage, { type: 'report' }>): void {
    const [, step = '', attempt = ''] = receipt.orderId.split('/');
    const at = findStep(this.status, step);
    const place = planIndex(this.plan).step(step);
    if (at === null || place === null) throw new Error(`nobody ordered ${receipt.orderId}`);
    const way = this.status.turns.find(({ turn }) => turn === at.turn)?.way ?? 'forward';
    const verdict = verdictOf({
      runId,
      plan: this.plan,
      turn: place.turn,
      step: place.step,
      attempt: Number(attempt),
      version: versionAt(this.plan, place.hop, place.turn.instance, way),
      isUndo: way === 'back',
      member: this.plan.nodes.find(({ instance }) => instance === place.turn.instance)?.memberId ?? '',
      receipt,
      procedure: postgresqlProcedure,
    });
    this.say({ type: 'order-ended', turn: at.turn, step, attempt: Number(attempt), receipt, verdict });
    for (const event of effectEvents(this.status, at.status.instance, receipt)) this.say(event);
  }
}
