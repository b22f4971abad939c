/**
 * Every hold and every end, for every kind of run, as a person reads it: test/golden/said has a page for each kind. A sentence that was made
 * for upgrades is false of a restart; what no kind but its own may say is looked for besides.
 */
import { describe, expect, test } from 'vitest';
import { releaseText } from '../../cli/render/run-text.ts';
import { statusLines } from '../../cli/render/status.ts';
import { plainView } from '../../cli/render/view.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { type Hold, holdKinds } from '../../common/holds.ts';
import type { DecisionInput } from '../../controller/sequencer/decide/decision-input.ts';
import { desiredHolds } from '../../controller/sequencer/decide/holds.ts';
import { noRollback } from '../../controller/sequencer/decide/rollback-policy.ts';
import { planIndex, runIndex } from '../../controller/sequencer/run/run-index.ts';
import { badSteps, isOver, type RunStatus } from '../../controller/sequencer/run/run-status.ts';
import { isDowntime } from '../../controller/sequencer/run/turn-progress.ts';
import { meaningOf } from '../../controller/views/text.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import type { Mishap } from '../twins/fleet.ts';
import { type KindName, kindNames, runOfKind } from './kinds-of-runs.ts';
import { PureRun } from './pure-run.ts';

const lastSeenAtMs = Date.UTC(2026, 2, 1, 2, 13, 58);

const abort: RunEvent = { type: 'abort-started', actor: 'ann', reason: 'not tonight' };
const back: RunEvent = { type: 'rollback-started', actor: 'ann', reason: 'not tonight' };

const begun = async (kind: KindName): Promise<PureRun> => {
  const { fleet, plan } = await runOfKind(kind);
  return new PureRun(fleet, plan);
};

/** Its change of a node, and the proofs after it: by what a step does, not by its name. */
const isChange = (run: PureRun, step: string): boolean => {
  const body = planIndex(run.plan).step(step)?.step;
  return body !== undefined && (isDowntime(body) || body.body.kind === 'configure');
};

function mishapAt(run: PureRun, mishap: Mishap, isThere: (step: string) => boolean): void {
  run.fleet.mishap = ({ step }) => (isThere(step) ? mishap : null);
}

const oneIsDone =
  (run: PureRun) =>
  (status: RunStatus): boolean => {
    const index = runIndex(run.plan, status);
    return index.chosenDisruptive.some(({ turn }) => index.isComplete(turn));
  };

const chosenTurns = ({ plan }: PureRun): number => planIndex(plan).places.filter(({ turn }) => turn.disruptive).length;

const stood = (run: PureRun): string =>
  `${run.status.state}: ${run.status.endReason ?? `not over; ${badSteps(run.status).length} steps stand`}`;

const ends: Readonly<Record<string, (kind: KindName) => Promise<string>>> = {
  'carried out': async (kind) => {
    const run = await begun(kind);
    await run.play();
    return stood(run);
  },
  'aborted before anything': async (kind) => {
    const run = await begun(kind);
    run.say(abort);
    await run.play();
    return stood(run);
  },
  'aborted when one node is done': async (kind) => {
    const run = await begun(kind);
    await run.play(oneIsDone(run));
    run.say(abort);
    await run.play();
    return stood(run);
  },
  'aborted in the turn of a node': async (kind) => {
    const run = await begun(kind);
    // A canary would be rolled back by itself.
    if (chosenTurns(run) > 1) await run.play(oneIsDone(run));
    mishapAt(run, 'times-out', (step) => step.endsWith('.settle'));
    await run.play((status) => badSteps(status).some(({ status: { attempt } }) => attempt > 2));
    run.say(abort);
    await run.play();
    return stood(run);
  },
  'its first node fails and is restored by its agent': async (kind) => {
    const run = await begun(kind);
    mishapAt(run, 'fails-and-reverts', (step) => isChange(run, step) && !step.includes('.undo.'));
    await run.play((status) => badSteps(status).some(({ status: { hold } }) => hold?.releasedBy === 'person') && status.way === 'forward');
    await run.play();
    return stood(run);
  },
  'rolled back when one node is done': async (kind) => {
    const run = await begun(kind);
    await run.play(oneIsDone(run));
    const none = noRollback(run.plan, run.status);
    if (none !== null) return `refused: run r-1 cannot roll back${none.why}`;
    run.say(back);
    await run.play();
    return stood(run);
  },
  'rolled back when it is all but over': async (kind) => {
    const run = await begun(kind);
    await run.play((status) => status.turns.some(({ turn }) => turn.includes('.cleanup.')));
    if (isOver(run.status)) return 'it was over at once';
    const none = noRollback(run.plan, run.status);
    if (none !== null) return `refused: run r-1 cannot roll back${none.why}`;
    return 'it could go back';
  },
  'given up during the rollback': async (kind) => {
    const run = await begun(kind);
    await run.play(oneIsDone(run));
    if (noRollback(run.plan, run.status) !== null) return 'it cannot roll back';
    run.say(back);
    mishapAt(run, 'fails', (step) => step.includes('.undo.') && (isChange(run, step) || step.endsWith('.settle')));
    await run.play((status) => badSteps(status).some(({ status: { hold } }) => hold?.releasedBy === 'person'));
    const [bad] = badSteps(run.status);
    if (bad === undefined) return stood(run);
    const { turn, step, status } = bad;
    run.say({ type: 'step-resolved', turn, step, attempt: status.attempt, as: 'failed', actor: 'ann', reason: 'its disk is gone' });
    await run.play();
    return stood(run);
  },
};

type Story = (run: PureRun) => Promise<Partial<DecisionInput>>;

/** Plays until the mishap stands; without one that fits this kind there is no such hold. */
const failing =
  (mishap: Mishap, isThere: (run: PureRun, step: string) => boolean): Story =>
  async (run) => {
    mishapAt(run, mishap, (step) => isThere(run, step));
    await run.play((status) => badSteps(status).some(({ status: { hold } }) => hold?.releasedBy === 'person'));
    return {};
  };

const membership = [
  { check: 'membership-mismatch', severity: 'refuse', subject: 'pg-main', detail: 'pg-9 is seen but not expected', clears: 'person' },
] as const;

/** What brings each kind of hold about, after one node is done where it says nothing else. */
const stories: readonly (readonly [name: string, story: Story])[] = [
  [
    'an agent is not connected',
    async (run) => {
      run.fleet.unlink('pg-3');
      return { lost: new Map([['pg-3', lastSeenAtMs]]) };
    },
  ],
  [
    'a member is not in service',
    async (run) => {
      run.fleet.node('pg-3').inService = false;
      return {};
    },
  ],
  [
    'a database died',
    async (run) => {
      run.fleet.stopDatabase('pg-3');
      return {};
    },
  ],
  [
    'two take writes',
    async (run) => {
      run.fleet.node('pg-3').role = 'primary';
      return {};
    },
  ],
  ['a stranger is seen', async () => ({ membership })],
  [
    'a node was changed by hand',
    async (run) => {
      run.fleet.node('pg-3').version = '16.13';
      return {};
    },
  ],
  [
    'the primary was moved by hand',
    async (run) => {
      Object.assign(run.fleet.node('pg-1'), { role: 'standby', follows: 'pg-3' });
      Object.assign(run.fleet.node('pg-2'), { follows: 'pg-3' });
      run.fleet.node('pg-3').role = 'primary';
      return {};
    },
  ],
  [
    'local settings changed',
    async (run) => {
      const { profile } = run.fleet.node('pg-3');
      Object.assign(run.fleet.node('pg-3'), { profileDigest: 'sha256:11', profile: { ...profile, unit: 'postgresql' } });
      return {};
    },
  ],
  ['a database was restarted by hand', async () => ({ restarted: new Set(['pg-3']) })],
  [
    'somebody acted on a host',
    async (run) => {
      run.say({ type: 'local-intervention', instance: 'pg-3', host: 'host-of-pg-3', verb: 'revert', actor: 'root', seq: 1 });
      return {};
    },
  ],
  ['the rules lead elsewhere', async () => ({ rulesChanged: 'the rules active now refuse the planned path' })],
  ['the store is behind', async () => ({ behindFleet: 'an agent has accepted an epoch that this store never claimed' })],
  ['a node is refused', failing('refused', isChange)],
  ['a node is left down', failing('fails', isChange)],
  ['a later node is restored by its agent', failing('fails-and-reverts', (run, step) => isChange(run, step) && oneIsDone(run)(run.status))],
  ['a health check does not come', failing('times-out', (_, step) => step.endsWith('.settle'))],
  ['another version answers', failing('wrong-version', isChange)],
  ['the disk is too full to stage', failing('space-short', (_, step) => step.endsWith('.stage'))],
  ['a release is gone', failing('release-unavailable', (_, step) => step.endsWith('.stage'))],
  ['a member can follow no more', failing('needs-reseed', (_, step) => step.endsWith('.settle'))],
  ['the promotion was cut short', failing('interrupted', (_, step) => step.endsWith('.promote'))],
  [
    'who promotes is gone',
    async (run) => {
      run.fleet.held = ({ step }) => step.endsWith('.promote');
      await run.play();
      run.fleet.unlink('pg-2');
      return run.fleet.heldOrders().length === 0 ? {} : { lost: new Map([['pg-2', lastSeenAtMs]]) };
    },
  ],
  [
    'the result of an order is unknown',
    async (run) => {
      run.fleet.held = ({ step }) => isChange(run, step);
      await run.play(
        (status) =>
          status.turns.some(({ steps }) => Object.values(steps).some(({ state }) => state === 'dispatched')) &&
          run.fleet.heldOrders().length > 0,
      );
      const [orderId = ''] = run.fleet.heldOrders();
      const [, step = '', attempt = ''] = orderId.split('/');
      const turn = planIndex(run.plan).step(step)?.turn.id ?? '';
      run.say({ type: 'order-unknown', turn, step, attempt: Number(attempt), reason: 'its agent has no record of the order' });
      return {};
    },
  ],
];

/** Of one hop, of what is refused before a run begins, or of the disk of the controller (test/server) or of an agent (test/sequencer/verdict). */
/** Those of steps that no plan of these kinds has are in test/sequencer/finalize.test.ts. */
const elsewhere: readonly string[] = [
  'awaiting-consent',
  'soak-breached',
  'external-refused',
  'finalize-overdue',
  'awaiting-approval',
  'conflicting-run',
  'store-unwritable',
  'journal-unwritable',
];

interface Reported {
  readonly page: string;
  readonly holds: readonly Hold[];
  /** What `status` says twice of one story. */
  readonly repeats: readonly string[];
}

/**
 * Sentences and their parts that stand more than once among why, now, goes on and waits; short ones are names and times. Several nodes may
 * have the same to say of why.
 */
function repeatsIn(run: Partial<RunDocument>): readonly string[] {
  const lines = statusLines({ ...documents.run, ...run, legalCommands: [], next: [], turns: [] }, plainView(0)).slice(1);
  const parts = lines.flatMap((line) => {
    const [, label = '', text = ''] = /^(goes on|rolls back|\w+) +(.*)$/.exec(line) ?? [];
    return text.split(/[;:·]|, (?=then )/).map((part) => ({ label, part: part.trim() }));
  });
  const isTwice = ({ label, part }: (typeof parts)[number], at: number) =>
    parts.slice(0, at).some((other) => other.part === part && (other.label !== label || label !== 'why'));
  return parts.filter((each, at) => each.part.split(' ').length > 2 && isTwice(each, at)).map(({ part }) => part);
}

const pages = new Map<KindName, Promise<Reported>>();

/** Told once, for there are many stories. */
function toldOnce(kind: KindName): Promise<Reported> {
  const known = pages.get(kind) ?? reported(kind);
  pages.set(kind, known);
  return known;
}

async function reported(kind: KindName): Promise<Reported> {
  const lines: string[] = [`${kind.toUpperCase()}`, ''];
  const holds: Hold[] = [];
  const repeats: string[] = [];
  for (const [name, end] of Object.entries(ends)) lines.push(`${name}`, `  ${await end(kind)}`);
  for (const [name, story] of stories) {
    const run = await begun(kind);
    const isFromTheStart = [
      'a node is refused',
      'a node is left down',
      'a health check does not come',
      'another version answers',
      'the result of an order is unknown',
    ].includes(name);
    if (!isFromTheStart && !name.includes('promot') && !name.includes('stage') && !name.includes('release')) await run.play(oneIsDone(run));
    const decisionInput = await run.decisionInput(await story(run));
    const raised = desiredHolds({ ...decisionInput, status: run.status });
    holds.push(...raised);
    lines.push('', name);
    if (raised.length === 0) lines.push('  no hold');
    for (const { kind: what, subject, detail, releasedBy, until, commands } of raised)
      lines.push(
        `  ${what} ${subject}: ${detail}`,
        `    resumes ${releaseText({ releasedBy, until })}`,
        `    you can ${commands.join(', ') || 'nothing'}`,
      );
    const meaning = meaningOf({ ...decisionInput, status: run.status });
    if (meaning !== '') lines.push(`  means: ${meaning}`);
    const { state, endReason } = run.status;
    const shown = raised.map((hold) => ({ ...hold, since: '2026-03-01T01:00:00.000Z', nextProbe: null }));
    repeats.push(...repeatsIn({ state, endReason, holds: shown, meaning }).map((part) => `${name}: ${part}`));
  }
  return { page: `${lines.join('\n')}\n`, holds, repeats };
}

/** What is true of a change of version alone. */
const ofReleases = /versions are mixed|downgrade to|upgrade to|previous release|version before/;

describe('12.B11: what a run says of itself is true of its kind', () => {
  test.each(kindNames)('P17 every hold and every end of a run for %s is as it is written down', async (kind) => {
    const { page } = await toldOnce(kind);
    await expect(page).toMatchFileSnapshot(`../golden/said/${kind.replaceAll(' ', '-')}.txt`);
    expect(page).not.toMatch(/undefined|null|: $/);
    if (!['upgrade', 'upgrade with a switchover', 'downgrade'].includes(kind)) expect(page).not.toMatch(ofReleases);
    if (kind === 'downgrade') expect(page).not.toContain('a downgrade to');
  });

  test.each(kindNames)('13.7: why, now and how it goes on never repeat each other, in a run for %s', async (kind) => {
    expect((await toldOnce(kind)).repeats).toEqual([]);
  });

  test('P17 every kind of hold is among them', async () => {
    const seen = new Set<string>();
    for (const kind of kindNames) for (const hold of (await toldOnce(kind)).holds) seen.add(hold.kind);
    expect(holdKinds.filter((kind) => !seen.has(kind) && !elsewhere.includes(kind))).toEqual([]);
  });
});
