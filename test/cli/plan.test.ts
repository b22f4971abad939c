import { afterEach, describe, expect, test } from 'vitest';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { fail } from '../../common/failure.ts';
import { planVersion } from '../../common/plan.ts';
import { recordedRun } from '../sequencer/recorded-run.ts';
import { documentBytes, type OperatorScript, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock, type Surroundings } from './captured-io.ts';

let operator: StandInOperator | null = null;
afterEach(() => operator?.kill());

const digest = sha256Of(canonicalJson(documents.plan));
const stored = { planId: 'p-7Q4M', runId: 'r-12', state: 'draft' };

interface Asked {
  plan: unknown;
  approval: unknown;
}

function script(asked: Asked = { plan: null, approval: null }): OperatorScript {
  return {
    answers: {
      MakePlan: (question) => {
        asked.plan = question;
        return { planId: 'p-7Q4M', runId: 'r-12', plan: documentBytes(documents.plan) };
      },
      GetPlan: () => ({ ...stored, plan: documentBytes(documents.plan) }),
      ApprovePlan: (question) => {
        asked.approval = question;
        return { runId: 'r-12', digest: question.digest };
      },
      DiffPlans: () => ({
        diff: documentBytes({ apiVersion: 'drydock/v1', a: 'p-1', b: 'p-2', same: false, lines: ['  roll', '- pg-1', '+ pg-2'] }),
      }),
    },
  };
}

async function run(argv: readonly string[], given: OperatorScript = script(), surroundings: Surroundings = {}) {
  operator = await startOperator(given);
  return drydock(argv, { env: { DRYDOCK_CONTROLLER: operator.address }, ...surroundings });
}

describe('plan', () => {
  test('prints the tree, and the next command as talk', async () => {
    const asked: Asked = { plan: null, approval: null };
    const argv = ['plan', 'pg-main', '--to', '16.14', '--canary', '1', '--settle', '60s', '--soak', '1h30m'];
    const ran = await run(argv, script(asked));
    expect(ran.exitCode).toBe(0);
    expect(asked.plan).toMatchObject({
      cluster: 'pg-main',
      toVersion: '16.14',
      canary: 1,
      settleMs: 60_000,
      soakMs: 5_400_000,
      downgrade: false,
    });
    expect(ran.stdout).toContain('p-7Q4M');
    expect(ran.stdout).toContain('16.4 → 16.14');
    expect(ran.stderr).toContain('approve: drydock approve p-7Q4M');
  });

  test('14.4: tells how long a run may rest, or that it need not; never both, and not where the version stays', async () => {
    const asked: Asked = { plan: null, approval: null };
    const to = ['plan', 'pg-main', '--to', '16.14'];
    await run([...to, '--finalize-within', '10d'], script(asked));
    expect(asked.plan).toMatchObject({ finalize: '', finalizeWithinMs: 10 * 86_400_000 });
    operator?.kill();
    await run([...to, '--finalize', 'auto'], script(asked));
    expect(asked.plan).toMatchObject({ finalize: 'auto' });
    operator?.kill();
    const both = await run([...to, '--finalize', 'auto', '--finalize-within', '10d']);
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('--finalize-within cannot be combined with --finalize auto')]);
    operator?.kill();
    const stays = await run(['plan', 'pg-main', '--restart', '--finalize', 'auto']);
    expect([stays.exitCode, stays.stderr]).toEqual([2, expect.stringContaining('--finalize auto: only valid with --to VERSION')]);
  });

  test.each(['--settle', '--soak', '--keep-snapshots', '--finalize-within'])(
    '12.C17: %s of more than a year is refused in one sentence',
    async (option) => {
      const ran = await run(['plan', 'pg-main', '--to', '16.14', option, '999999999h']);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toMatch(
        new RegExp(`^drydock: option '${option} <duration>' argument '999999999h' is invalid\\. Expected at most one year: 8760h\\.\n`),
      );
    },
  );

  test('gives traits that no agent observes, and none where the version stays', async () => {
    const asked: Asked = { plan: null, approval: null };
    const ran = await run(['plan', 'pg-main', '--to', '16.14', '--trait', 'omHa=true', '--trait', 'runtime.java=17'], script(asked));
    expect(ran.exitCode).toBe(0);
    expect(asked.plan).toMatchObject({ traits: { omHa: 'true', 'runtime.java': '17' } });
    operator?.kill();
    const idle = await run(['plan', 'pg-main', '--restart', '--trait', 'omHa=true']);
    expect(idle.exitCode).toBe(2);
    expect(idle.stderr).toContain('--trait: only valid with --to VERSION');
  });

  test('12.C17: a time-out of more than a year is refused as well', async () => {
    expect((await run(['watch', 'r-1', '--timeout', '8761h'])).stderr).toContain('Expected at most one year: 8760h.');
  });

  test('show -o json wraps the plan with its id, state and digest', async () => {
    const ran = await run(['plan', 'show', 'p-7Q4M', '-o', 'json']);
    expect(JSON.parse(ran.stdout)).toEqual({ apiVersion: 'drydock/v1', moved: [], ...stored, digest, plan: documents.plan });
  });

  test('a plan that 0.1 made is printed as ever, and machines get the bytes that were digested', async () => {
    const { plan } = recordedRun('0.1', 'upgrade-done');
    const sent = { planId: plan.planId, state: 'done', runId: 'r-1', plan: { json: Buffer.from(plan.json), digest: plan.digest } };
    const shown: OperatorScript = { answers: { GetPlan: () => sent } };
    const tree = await run(['plan', 'show', plan.planId], shown);
    expect(tree.stdout).toContain('16.4 → 16.14');
    expect(tree.stdout).not.toMatch(/undefined|\[object/);
    operator?.kill();
    const json = await run(['plan', 'show', plan.planId, '-o', 'json'], shown);
    expect(JSON.parse(json.stdout)).toMatchObject({ digest: plan.digest, plan: JSON.parse(plan.json) });
    expect(JSON.parse(json.stdout).plan).not.toHaveProperty('v');
  });

  test('a plan of a later release is refused in one sentence', async () => {
    const later = documentBytes({ ...documents.plan, v: planVersion + 1 });
    const ran = await run(['plan', 'show', 'p-7Q4M'], { answers: { GetPlan: () => ({ ...stored, plan: later }) } });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain(
      `plan p-7Q4M was made by a newer Drydock (plan version ${planVersion + 1}, this one reads up to ${planVersion})`,
    );
  });

  test('bytes that have another digest than the controller says are not shown', async () => {
    const forged = { ...documentBytes({ ...documents.plan, to: '16.13' }), digest };
    const answers = { GetPlan: () => ({ ...stored, plan: forged }) };
    const ran = await run(['plan', 'show', 'p-7Q4M'], { answers });
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('do not approve it');
  });

  test('diff prints the lines of both trees', async () => {
    expect((await run(['plan', 'diff', 'p-1', 'p-2'])).stdout).toBe('  roll\n- pg-1\n+ pg-2\n');
  });
});

describe('options that would change nothing', () => {
  test.each([
    [['--restart', '--downgrade'], '--downgrade: only valid with --to VERSION'],
    [['--restart', '--approve', 'hop'], '--approve hop: only valid with --to VERSION'],
    [['--restart', '--again', '--downgrade'], '--downgrade and --again: only valid with --to VERSION'],
    [['--to', '16.14', '--keep-snapshots', '1h'], '--keep-snapshots requires --snapshot'],
    [['--to', '16.14', '--snapshot', 'none', '--keep-snapshots', '1h'], '--keep-snapshots requires --snapshot'],
  ])('%j is bad usage, and nothing is asked of the controller', async (flags, sentence) => {
    const ran = await run(['plan', 'pg-main', ...flags]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain(sentence);
    expect(operator?.asked).toEqual([]);
  });
});

describe('approve', () => {
  test('a plan whose run is over is refused without asking for the word first', async () => {
    const answers = {
      GetPlan: () => ({ ...stored, state: 'done', plan: documentBytes(documents.plan) }),
      ApprovePlan: () => {
        throw fail('refused', 'run-ended', 'plan p-7Q4M is not approved: its run r-12 is done');
      },
    };
    const ran = await run(['approve', 'p-7Q4M'], { answers }, { typed: 'y\n' });
    expect(ran).toEqual({ exitCode: 3, stdout: '', stderr: 'drydock: plan p-7Q4M is not approved: its run r-12 is done\n' });
  });

  const approval = { planId: 'p-7Q4M', digest };

  test.each([
    { word: 'y', exitCode: 0, sent: approval },
    { word: 'n', exitCode: 1, sent: null },
    { word: '', exitCode: 1, sent: null },
  ])('on a terminal the answer "$word" ends with $exitCode', async ({ word, exitCode, sent }) => {
    const asked: Asked = { plan: null, approval: null };
    const ran = await run(['approve', 'p-7Q4M'], script(asked), { typed: `${word}\n` });
    expect(ran.exitCode).toBe(exitCode);
    expect(asked.approval).toEqual(sent);
    expect(ran.stderr).toContain(`digest ${digest}? [y/N]`);
  });

  test('without a terminal it wants --digest or --yes, exit code 2', async () => {
    const ran = await run(['approve', 'p-7Q4M']);
    expect(ran.exitCode).toBe(2);
    expect(operator?.asked).toEqual([]);
  });

  test.each([['--yes'], ['--digest', digest]])('%s approves exactly the digest of the fetched bytes', async (...flags) => {
    const asked: Asked = { plan: null, approval: null };
    const ran = await run(['approve', 'p-7Q4M', ...flags, '-o', 'json'], script(asked));
    expect(asked.approval).toEqual(approval);
    expect(JSON.parse(ran.stdout)).toEqual({ apiVersion: 'drydock/v1', planId: 'p-7Q4M', runId: 'r-12', digest });
  });

  test('a plan that is not the one that was read is refused, exit code 3', async () => {
    const asked: Asked = { plan: null, approval: null };
    const ran = await run(['approve', 'p-7Q4M', '--digest', documents.digest], script(asked));
    expect(ran.exitCode).toBe(3);
    expect(asked.approval).toBeNull();
  });
});
