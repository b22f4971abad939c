/** The steps of one node's turn: the outage, then the proofs of health. PURE. */
import type { TurnDraft, TurnInput } from '../../common/engine.ts';
import type { Guard, OrderBody } from '../../common/orders.ts';
import type { Executor, Step } from '../../common/plan.ts';
import { streamsTo, verifyChecks } from './gates.ts';
import { directStandbys } from './topology.ts';

/** A fast stop writes out the shared buffers and sends the rest of the WAL: minutes on a big server. */
const outageDeadlineMs = 15 * 60_000;
/** After a start: crash recovery is over by then, what remains is to connect and catch up. */
const gateDeadlineMs = 5 * 60_000;
const lookDeadlineMs = 60_000;

const expectedOutOfServiceMs = 500;
const expectedOutageMs = 1_000;
const expectedGateMs = 500;

export function turn(input: TurnInput): TurnDraft {
  return {
    steps: [outageStep(input, 'forward'), ...proofSteps(input, input.idPrefix, input.hop.to)],
    undo: [outageStep(input, 'back'), ...proofSteps(input, `${input.idPrefix}.undo`, input.hop.from)],
    outOfServiceMs: expectedOutOfServiceMs,
  };
}

/** Reads back what runs there when the hop is over (P15). */
export function verify(input: TurnInput): readonly Step[] {
  return [
    step(input, {
      id: `${input.idPrefix}.observe`,
      title: input.role === 'primary' ? 'version read back, replication, one write' : 'version read back, replication',
      body: { kind: 'observe', checks: verifyChecks, nonce: '' },
      deadlineMs: lookDeadlineMs,
      expectedMs: expectedGateMs,
      gate: `verified-${input.role}`,
    }),
  ];
}

function outageStep(input: TurnInput, way: 'forward' | 'back'): Step {
  const { hop, fromRelease, toRelease } = input;
  const forward = way === 'forward';
  const opposite = hop.direction === 'upgrade' ? 'downgrade' : 'upgrade';
  return step(input, {
    id: forward ? `${input.idPrefix}.outage` : `${input.idPrefix}.undo.outage`,
    title: forward ? 'outage' : `outage back to ${hop.from}`,
    body: {
      kind: 'outage',
      mode: forward ? hop.direction : opposite,
      parts: ['quiesce', 'stop', 'activate', 'start'],
      fromRelease: forward ? fromRelease : toRelease,
      toRelease: forward ? toRelease : fromRelease,
      expectVersion: forward ? hop.to : hop.from,
      // Also on the way back: the release that it leaves did start here, and a node that serves is better than one that does not.
      onFailure: 'revert',
    },
    guards: forward ? guardsOf(input) : [],
    deadlineMs: outageDeadlineMs,
    expectedMs: expectedOutageMs,
    gate: null,
  });
}

/** Asked of the host directly before the stop. The way back has none: a node that is already in trouble could not pass them. */
function guardsOf(input: TurnInput): readonly Guard[] {
  const guards: Guard[] = [
    { check: 'role-is', expect: input.role },
    { check: 'version-is', expect: input.hop.from },
    { check: 'release-is', expect: input.fromRelease },
    { check: 'in-service' },
    { check: 'no-ha-manager' },
    { check: 'no-backup-running' },
    { check: 'slots-sound' },
    { check: 'settings-not-lower' },
    { check: 'extensions-present', expect: input.toRelease },
    // Of a standby: that it has replayed what it received. Of a primary: that its standbys have replayed what it wrote.
    { check: 'caught-up' },
  ];
  for (const member of downstream(input)) guards.push({ check: 'member-in-service', expect: member });
  return guards;
}

/** Members that streamed from this node when the plan was made; known only for the role that it had then. */
function downstream(input: TurnInput): readonly string[] {
  return input.node.facts?.role === input.role ? directStandbys(input.node) : [];
}

function proofSteps(input: TurnInput, prefix: string, version: string): readonly Step[] {
  const member = input.node.facts?.memberId ?? input.node.instance;
  const self = (condition: string, of: string | null, steadyMs: number): OrderBody => ({
    kind: 'await',
    condition,
    member: of,
    steadyMs,
    viewpoint: 'self',
  });
  const steps: Step[] = [
    step(input, {
      id: `${prefix}.settle`,
      title: `settle ${input.settleMs / 1000} s`,
      body: self('in-service', null, input.settleMs),
      deadlineMs: input.settleMs + gateDeadlineMs,
      expectedMs: input.settleMs + expectedGateMs,
      gate: `in-service-${input.role}`,
    }),
  ];
  // A cluster of one has no second viewpoint.
  if (input.peers.length > 0)
    steps.push({
      ...step(input, {
        id: `${prefix}.peer`,
        title: `${member} ${version} seen by a peer`,
        body: { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' },
        deadlineMs: gateDeadlineMs,
        expectedMs: expectedGateMs,
        gate: `${input.role}-seen-by-peer`,
      }),
      executor: witnessOf(input, member),
    });
  for (const [at, standby] of downstream(input).entries())
    steps.push(
      step(input, {
        id: `${prefix}.follower-${at + 1}`,
        title: `${standby} streams again`,
        body: self('member-in-service', standby, 0),
        deadlineMs: gateDeadlineMs,
        expectedMs: expectedGateMs,
        gate: `${streamsTo}${standby}`,
      }),
    );
  if (input.role === 'primary')
    steps.push(
      step(input, {
        id: `${prefix}.write`,
        title: 'one write',
        body: self('write-works', null, 0),
        deadlineMs: lookDeadlineMs,
        expectedMs: expectedGateMs,
        gate: 'in-service-primary',
      }),
    );
  return steps;
}

/** Who proves that the node is back: of a standby the server it streams from, of a primary any of its standbys. */
function witnessOf(input: TurnInput, member: string): Executor {
  const upstream = input.peers.find((peer) => directStandbys(peer).includes(member));
  if (input.role === 'standby' && upstream?.facts?.role === 'standby') return { kind: 'instance', instance: upstream.instance };
  return { kind: 'peer', of: input.node.instance, preferRole: input.role === 'primary' ? 'standby' : 'primary' };
}

type StepDraft = Omit<Step, 'executor' | 'guards' | 'repeat'> & { readonly guards?: readonly Guard[] };

function step(input: TurnInput, draft: StepDraft): Step {
  return { executor: { kind: 'instance', instance: input.node.instance }, repeat: 'convergent', ...draft, guards: draft.guards ?? [] };
}
