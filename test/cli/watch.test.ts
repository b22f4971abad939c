import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { eventVersion, type RunEvent } from '../../common/events.ts';
import {
  documentBytes,
  eventMessage,
  type OperatorScript,
  type StandInOperator,
  startOperator,
  type WatchCall,
} from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock, type Surroundings, standingClock } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => operator?.kill());

const events: readonly RunEvent[] = [
  { type: 'plan-made', plan: 'p-7Q4M', digest: documents.digest, cluster: 'pg-main', actor: 'admin-1' },
  { type: 'approved', digest: documents.digest, actor: 'admin-2' },
  { type: 'run-started', actor: 'admin-2' },
  { type: 'turn-chosen', turn: 'h1.canary.pg-2', role: 'standby', way: 'forward' },
  {
    type: 'order-dispatched',
    turn: 'h1.canary.pg-2',
    step: 'h1.canary.pg-2.downtime',
    attempt: 1,
    instance: 'pg-2',
    epoch: 3,
    writer: 'w',
  },
  {
    type: 'order-ended',
    turn: 'h1.canary.pg-2',
    step: 'h1.canary.pg-2.downtime',
    attempt: 1,
    receipt: {
      orderId: 'r-12/h1.canary.pg-2.downtime/1',
      outcome: 'failed',
      failure: { class: 'failed', code: 'start-failed', message: '16.14 did not start', remedy: 'hold' },
      before: null,
      after: null,
      elapsedMs: 2400,
      engineMs: 0,
      parts: [],
      downtimeMs: 2300,
      reverted: true,
      findings: [],
      facts: null,
      effects: [],
    },
    verdict: { ok: false, hold: { ...documents.personHold, detail: 'pg-2: the downtime was rolled back; cause: 16.14 did not start' } },
  },
  { type: 'hold-raised', hold: documents.personHold },
  { type: 'hold-cleared', kind: 'order-failed', subject: 'h1.roll.pg-3.downtime', actor: 'admin-1' },
  { type: 'rollback-started', actor: null, reason: 'the canary failed' },
  { type: 'paused', actor: 'admin-1', reason: 'lunch' },
  { type: 'resumed', actor: 'admin-1' },
];

const endEvent = (state: 'done' | 'rolled-back' | 'aborted' | 'stuck'): RunEvent => ({ type: 'run-ended', state, reason: 'as planned' });

interface Play {
  readonly first?: RunDocument;
  readonly watch: (call: WatchCall, status: (run: RunDocument) => void) => void;
}

/** A controller whose GetRun tells the status that its stream told last. */
function playing({ first = documents.run, watch }: Play): OperatorScript {
  let current = first;
  const status = (call: WatchCall) => (run: RunDocument) => {
    current = run;
    call.write({ status: documentBytes(run) });
  };
  return {
    answers: { GetRun: () => ({ status: documentBytes(current) }), StartRun: () => ({ runId: 'r-12' }) },
    watch: (call) => watch(call, status(call)),
  };
}

async function watching(script: OperatorScript, argv: readonly string[], surroundings: Surroundings = {}) {
  operator = await startOperator(script);
  return drydock(argv, { env: { DRYDOCK_CONTROLLER: operator.address }, ...surroundings });
}

function endsWith(state: 'done' | 'rolled-back' | 'aborted' | 'stuck'): OperatorScript {
  return playing({
    watch: (call, status) => {
      for (const [at, event] of [...events, endEvent(state)].entries()) call.write(eventMessage(at + 1, event));
      status(documents.ended(state, 'as planned'));
      call.end();
    },
  });
}

describe('watch in a pipe', () => {
  test('writes one line per event and ends with the run', async () => {
    const ran = await watching(endsWith('done'), ['watch', 'r-12']);
    expect(ran.exitCode).toBe(0);
    await expect(ran.stdout).toMatchFileSnapshot('../golden/cli/watch-lines.txt');
    expect(ran.stderr).toContain('report: drydock report r-12');
  });

  test.each([
    ['done', 0],
    ['rolled-back', 7],
    ['aborted', 1],
    ['stuck', 1],
  ] as const)('a run that ends %s ends the command with %i', async (state, exitCode) => {
    expect((await watching(endsWith(state), ['watch', 'r-12'])).exitCode).toBe(exitCode);
  });

  test('-o json writes one document per line', async () => {
    const ran = await watching(endsWith('done'), ['watch', 'r-12', '-o', 'json']);
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq }) => seq)).toEqual([...events, 'end'].map((_event, at) => at + 1));
    expect(lines[0]).toMatchObject({ apiVersion: 'drydock/v1', run: 'r-12', type: 'plan-made', v: eventVersion, body: events[0] });
  });

  test('P17 ends with 8 when a hold that needs a person stands', async () => {
    const script = playing({ watch: (_call, status) => status(documents.needsPerson) });
    const ran = await watching(script, ['watch', 'r-12']);
    expect(ran.exitCode).toBe(8);
    expect(ran.stderr).toContain('pg-3 did not start with 16.14');
    expect(ran.stderr).toContain('drydock status r-12');
  });

  test.each([[[]], [['--wait']]])('14.4: ends with 8 when the run rests, for it is not done; %j', async (options) => {
    const script = playing({ watch: (_call, status) => status(documents.resting) });
    const ran = await watching(script, ['watch', 'r-12', ...options]);
    expect(ran.exitCode).toBe(8);
    expect(ran.stderr).toContain(
      'r-12 is upgraded but not done: an operator must finalize it by 2026-03-07T00:00:00.000Z, or roll it back',
    );
    expect(ran.stderr).toContain('drydock finalize r-12');
  });

  test('a hold that clears by itself is waited for', async () => {
    const script = playing({
      watch: (call, status) => {
        status(documents.holding);
        call.write(eventMessage(1, endEvent('done')));
        status(documents.ended('done', ''));
        call.end();
      },
    });
    expect((await watching(script, ['watch', 'r-12'])).exitCode).toBe(0);
  });

  test('--timeout ends with 6 and says that the run goes on', async () => {
    const ran = await watching(playing({ watch: () => {} }), ['watch', 'r-12', '--timeout', '10m']);
    expect(ran.exitCode).toBe(6);
    expect(ran.stderr).toContain('has not ended after 10 min; it continues');
  });

  test('--timeout while the controller is gone says what goes on without it, what does not, and what to do', async () => {
    const script = playing({ watch: () => setImmediate(() => operator?.kill()) });
    const ran = await watching(script, ['watch', 'r-12', '--timeout', '3s'], { clock: systemClock });
    expect(ran.exitCode).toBe(6);
    const meanwhile =
      'agents finish the steps in progress, and no new step starts until the controller is back: start drydock-controller, then drydock watch r-12';
    expect(ran.stderr).toContain(`retrying; ${meanwhile}`);
    expect(ran.stderr).toContain(`r-12 has not ended after 3.0 s; the controller does not answer: ${meanwhile}`);
  });

  test('Ctrl-C leaves the run alone, says so and ends with 0', async () => {
    const script = playing({ watch: (call) => void call.write(eventMessage(1, events[0] as RunEvent)) });
    const ran = await watching(script, ['watch', 'r-12'], { interruptAt: 'plan-made', clock: standingClock });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('left r-12; it continues. Rejoin: drydock watch r-12');
    expect(operator?.asked).toEqual(['GetRun', 'WatchRun']);
  });

  test('P18 a controller that is killed in the middle is said to be gone once, then the view goes on after the last event', async () => {
    const asked: number[] = [];
    const second = playing({
      watch: (call, status) => {
        asked.push(call.request.afterSeq);
        for (const [at, event] of [...events, endEvent('done')].entries()) {
          if (at + 1 > call.request.afterSeq) call.write(eventMessage(at + 1, event));
        }
        status(documents.ended('done', 'as planned'));
        call.end();
      },
    });
    const first = playing({
      watch: (call) => {
        asked.push(call.request.afterSeq);
        for (const [at, event] of events.slice(0, 4).entries()) call.write(eventMessage(at + 1, event));
        const port = Number(operator?.address.split(':')[1]);
        // Dies once its last word has been sent, and another one takes its place.
        setImmediate(async () => {
          operator?.kill();
          operator = await startOperator(second, port);
        });
      },
    });
    const ran = await watching(first, ['watch', 'r-12']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(events.length + 1);
    expect(ran.stderr.match(/retrying/g)?.length).toBe(1);
    expect(asked[0]).toBe(0);
  });

  test('an unknown run is not found', async () => {
    const answers = {
      GetRun: () => {
        throw Object.assign(new Error('there is no run r-99'), { code: 5 });
      },
    };
    const ran = await watching({ answers }, ['watch', 'r-99']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toBe('drydock: there is no run r-99\n');
  });
});

describe('watch on a terminal', () => {
  const terminal = { columns: 100, rows: 30 };

  test('draws the tree and leaves its last state', async () => {
    const ran = await watching(endsWith('done'), ['watch', 'r-12'], { terminal, clock: standingClock });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('▕████████████████▏ 100 %');
    expect(ran.stdout).toContain('✓ pg-1 primary');
  });

  test('keeps watching when a person is needed, and shows it', async () => {
    const script = playing({ watch: (_call, status) => status(documents.needsPerson) });
    const ran = await watching(script, ['watch', 'r-12'], { terminal, interruptAt: 'holds  order-failed' });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('resumes after operator action');
  });

  test('--wait writes lines and ends with 8 there, too', async () => {
    const script = playing({ watch: (_call, status) => status(documents.needsPerson) });
    expect((await watching(script, ['watch', 'r-12', '--wait'], { terminal })).exitCode).toBe(8);
  });
});

describe('run', () => {
  test('follows what it started', async () => {
    const ran = await watching(endsWith('rolled-back'), ['run', 'p-7Q4M']);
    expect(ran.exitCode).toBe(7);
    expect(ran.stdout).toContain('plan-made');
    expect(operator?.asked).toEqual(['StartRun', 'GetRun', 'WatchRun']);
  });

  test('--detach writes the run and ends', async () => {
    const ran = await watching(endsWith('done'), ['run', 'p-7Q4M', '--detach']);
    expect(ran).toEqual({ exitCode: 0, stdout: 'r-12\n', stderr: 'started r-12\nfollow: drydock watch r-12\n' });
    expect(operator?.asked).toEqual(['StartRun']);
  });
});
