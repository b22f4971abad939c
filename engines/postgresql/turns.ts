/** The steps of one node's turn: the downtime, then the health checks. PURE. */
import assert from 'node:assert/strict';
import type { Guard, OrderBody } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { TurnDraft, TurnInput } from '../../common/turn-draft.ts';
import { guard, stepOf } from '../kit/pure/steps.ts';
import { turnedRound } from './exchange.ts';
import { serverFactsOf } from './facts.ts';
import { feedingSteps, followingSteps } from './feeding.ts';
import { followersOf, healthCheckSteps, lateRisks, restoredChecks } from './health-check-steps.ts';
import { verifyChecks } from './health-checks.ts';
import { stopChecks } from './refusals.ts';
import {
  downtimeDeadlineMs,
  expectedChangeMs,
  expectedCheckMs,
  expectedDowntimeMs,
  expectedDowntimeStepMs,
  probeDeadlineMs,
} from './steps.ts';
import { switchover } from './switchover/steps.ts';
import { parseSyncNames } from './switchover/sync-names.ts';
import { aroundStandby } from './switchover/sync-steps.ts';

export function turn(input: TurnInput): TurnDraft {
  if (input.reloadOnly) return reload(input);
  if (input.restore !== null) return restore(input, input.restore);
  // On the way down the primary goes first and is restarted where it is: as a standby its older minor would have to read the WAL of a newer
  // one, which is likely to work and not sure (chapter Log-Shipping Standby Servers, Planning).
  if (input.successor !== null && input.role === 'primary' && input.hop.direction === 'upgrade')
    return switchover(input, input.successor, guardsOf(input));
  return restart(input);
}

/** Reads back what runs there when the hop is over (P15). */
export function verify(input: TurnInput): readonly Step[] {
  return [
    stepOf(input.node.instance, {
      id: `${input.idPrefix}.observe`,
      title: input.role === 'primary' ? 'version read back, replication, one write' : 'version read back, replication',
      body: { kind: 'observe', checks: verifyChecks, nonce: '' },
      deadlineMs: probeDeadlineMs,
      expectedMs: expectedCheckMs,
      healthCheck: `verified-${input.role}`,
    }),
  ];
}

/** Stopped and started where it is, on another release, with another configuration, or just so: then there is nothing to roll back. */
function restart(input: TurnInput): TurnDraft {
  const { idPrefix, hop, fromRelease, toRelease, config } = input;
  const undoPrefix = `${idPrefix}.undo`;
  const [sync, undoSync] = [aroundStandby(input, idPrefix, 'forward'), aroundStandby(input, undoPrefix, 'back')];
  const back =
    fromRelease === toRelease && config === null
      ? undoSync.after
      : [...undoSync.before, downtimeStep(input, 'back'), ...healthCheckSteps(input, undoPrefix, hop.from), ...undoSync.after];
  return {
    steps: [...sync.before, downtimeStep(input, 'forward'), ...healthCheckSteps(input, idPrefix, hop.to), ...sync.after],
    undo: back,
    downtimeMs: expectedDowntimeMs,
    ...risksOf([...sync.risks, ...lateRisks(input)]),
  };
}

function risksOf(risks: readonly string[]): Pick<TurnDraft, 'risks'> {
  return risks.length === 0 ? {} : { risks };
}

/** A configuration that the running server takes over. */
function reload(input: TurnInput): TurnDraft {
  const { idPrefix, hop, config } = input;
  assert(config !== null, `${input.node.instance} was planned to reload, and nothing changes`);
  const configure = (prefix: string, title: string, revision: typeof config): Step =>
    stepOf(input.node.instance, {
      id: `${prefix}.configure`,
      title,
      body: { kind: 'configure', config: revision },
      deadlineMs: probeDeadlineMs,
      expectedMs: expectedChangeMs,
      healthCheck: null,
    });
  return {
    steps: [configure(idPrefix, 'configuration reload', config), ...healthCheckSteps(input, idPrefix, hop.to)],
    undo: [
      configure(`${idPrefix}.undo`, 'restore its configuration', turnedRound(config)),
      ...healthCheckSteps(input, `${idPrefix}.undo`, hop.from),
    ],
    downtimeMs: 0,
  };
}

/** The data directory becomes that of a snapshot. What it was is moved aside, and moved back only if this downtime fails. */
function restore(input: TurnInput, snapshot: string): TurnDraft {
  const { idPrefix, node, fromRelease, toRelease, hop } = input;
  const sync = aroundStandby(input, idPrefix, 'forward');
  const answers = serverFactsOf(node.facts) !== null;
  const downtime = stepOf(node.instance, {
    id: `${idPrefix}.downtime`,
    title: 'downtime with restore',
    body: {
      kind: 'downtime',
      mode: 'normal',
      // One that does not answer has nothing to write out, and one that hangs would never say so.
      parts: answers ? ['quiesce', 'stop', 'restore', 'activate', 'start'] : ['stop', 'restore', 'activate', 'start'],
      fromRelease,
      toRelease,
      expectVersion: hop.to,
      onFailure: 'revert',
      restore: snapshot,
    },
    // Not how it serves: what it holds now is given up. Nobody answers for one that is down, and its agent looks for itself.
    guards: answers ? [guard('release-is', fromRelease), guard('no-ha-manager')] : [],
    deadlineMs: downtimeDeadlineMs,
    expectedMs: expectedDowntimeStepMs,
    healthCheck: null,
  });
  const commitsWait = (parseSyncNames(serverFactsOf(node.facts)?.synchronousStandbyNames ?? '')?.count ?? 1) > 0;
  return {
    steps: [
      ...feedingSteps(input, snapshot),
      ...sync.before,
      downtime,
      ...followingSteps(input, snapshot),
      ...restoredChecks(input, idPrefix, commitsWait),
      ...sync.after,
    ],
    undo: aroundStandby(input, `${idPrefix}.undo`, 'back').after,
    downtimeMs: expectedDowntimeMs,
    ...risksOf(sync.risks),
  };
}

function downtimeStep(input: TurnInput, way: 'forward' | 'back'): Step {
  const { hop, fromRelease, toRelease, config } = input;
  const forward = way === 'forward';
  const [from, to] = forward ? [fromRelease, toRelease] : [toRelease, fromRelease];
  const version = forward ? hop.to : hop.from;
  const revision = config === null || forward ? config : turnedRound(config);
  const body: OrderBody = {
    kind: 'downtime',
    mode: from === to ? 'normal' : forward ? hop.direction : oppositeOf(hop.direction),
    parts: ['quiesce', 'stop', 'activate', 'start'],
    fromRelease: from,
    toRelease: to,
    expectVersion: version,
    // Also during the rollback: the release that it leaves did start here, and a node that serves is better than one that does not.
    onFailure: 'revert',
    ...(revision === null ? {} : { config: revision }),
  };
  return stepOf(input.node.instance, {
    id: forward ? `${input.idPrefix}.downtime` : `${input.idPrefix}.undo.downtime`,
    title: forward ? 'downtime' : `downtime back to ${from === to ? 'its configuration' : version}`,
    body,
    guards: forward ? guardsOf(input) : [guard('can-start', to)],
    deadlineMs: downtimeDeadlineMs,
    expectedMs: expectedDowntimeStepMs,
    healthCheck: null,
  });
}

function oppositeOf(direction: TurnInput['hop']['direction']): TurnInput['hop']['direction'] {
  return direction === 'upgrade' ? 'downgrade' : 'upgrade';
}

/** Asked of the host directly before the stop. The rollback has but one: a node that is already in trouble could not pass the others. */
function guardsOf(input: TurnInput): readonly Guard[] {
  const { prompt, late } = followersOf(input);
  return [
    guard('role-is', input.role),
    guard('version-is', input.hop.from),
    guard('release-is', input.fromRelease),
    guard('in-service'),
    guard('no-ha-manager'),
    ...stopChecks.map((check) => guard(check)),
    guard('slots-sound'),
    guard('settings-not-lower'),
    guard('readable-at-rest'),
    guard('extensions-present', input.toRelease),
    guard('can-start', input.toRelease),
    // Of a standby: that it has replayed what it received. Of a primary: that its standbys have replayed what it wrote.
    late.length === 0 ? guard('caught-up') : guard('caught-up', late.join(',')),
    ...prompt.map((member) => guard('member-in-service', member)),
  ];
}
