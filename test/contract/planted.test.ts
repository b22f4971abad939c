/** Defects planted on purpose: each must be caught by a clause, or the contract could not fail. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../common/clock.ts';
import type { Driver, DriverContext } from '../../common/driver.ts';
import type { Guard } from '../../common/orders.ts';
import type { Step } from '../../common/plan.ts';
import type { Tool } from '../../engines/kit/pure/tools.ts';
import { etcdForm, etcdSubject } from './etcd.ts';
import { type FormSubject, formClauses } from './form.ts';
import { orderClauses } from './orders.ts';
import { realHost } from './real-host.ts';
import { recordedClauses } from './recorded.ts';
import { hearSilence, silentClauses } from './silence.ts';
import type { Action, LiveSubject, Order, StageMember } from './subject.ts';
import { unpriced } from './unpriced.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-planted-'));
  for (const folder of ['data', 'releases', 'elsewhere']) mkdirSync(join(dir, folder));
});
afterEach(() => rmSync(dir, { recursive: true }));

const textOf = (name: string) => {
  try {
    return readFileSync(join(dir, name), 'utf8');
  } catch {
    return null;
  }
};

/** An order that writes the file `data/state`, as the driver does it. */
async function broken(give: (context: DriverContext) => Promise<unknown>): Promise<string> {
  const settings = {
    instance: 'toy-1',
    cluster: 'toy',
    engine: 'toy',
    dataDir: join(dir, 'data'),
    releasesDir: join(dir, 'releases'),
    unit: 'toy.service',
    snapshotsDir: join(dir, 'snapshots'),
    connection: {},
  };
  const host = realHost(async () => ({ active: true, invocationId: 'life', pid: null }));
  const context: StageMember['context'] = async (way) =>
    unpriced({
      settings,
      host: way.host(host),
      clock: systemClock,
      signal: way.signal,
      currentRelease: null,
    });
  const member = { name: 'toy-1', context } as StageMember;
  const action: Action = {
    member,
    prepare: async () => {
      for (const name of ['state', 'note']) rmSync(join(dir, 'data', name), { force: true });
    },
    give,
    outcome: async () => [textOf('data/state'), textOf('data/note')],
  };
  const subject = { ...etcdSubject, writes: [/^data\/(state|note)$/] } as unknown as LiveSubject;
  const order: Order<never> = { title: 'toy', on: () => action };
  const complaints: string[] = [];
  for (const { prove } of orderClauses) await prove(subject, order, action).catch((error: Error) => complaints.push(error.message));
  return complaints.join('\n');
}

const write = ({ host, settings }: DriverContext, name: string, text: string) => host.writeText(join(settings.dataDir, name), text, 0o600);
const read = ({ host, settings }: DriverContext, name: string) => host.readText(join(settings.dataDir, name));

describe('a defect planted in what an order does is caught', () => {
  it('P3 none is found in one that brings about what is missing, and nothing more', async () => {
    const sound = async (context: DriverContext) => {
      await write(context, 'note', 'state is mine');
      await write(context, 'state', 'set');
    };
    expect(await broken(sound)).toBe('');
  });

  it('P3 a second effect when it is done twice', async () => {
    const counts = async (context: DriverContext) => write(context, 'state', `${(await read(context, 'state')) ?? ''}x`);
    expect(await broken(counts)).toContain('to deeply equal');
  });

  it('P18 half of it taken for all of it after a kill', async () => {
    const trusting = async (context: DriverContext) => {
      if ((await read(context, 'note')) !== null) return;
      await write(context, 'note', 'done');
      await write(context, 'state', 'set');
    };
    expect(await broken(trusting)).toMatch(/^(before|after) point \d of 3/);
  });

  it('P18 an end of its time that is told as a bug instead of a failure', async () => {
    const surprised = async (context: DriverContext) => {
      await write(context, 'state', 'set');
      if (context.signal.aborted) throw new TypeError('cannot read properties of undefined');
    };
    expect(await broken(surprised)).toContain('aborted point 1');
  });

  it('a file outside the folders of its instance', async () => {
    const strays = async (context: DriverContext) => {
      await context.host.writeText(join(dir, 'elsewhere', 'state'), 'set', 0o600);
      await write(context, 'state', 'set');
    };
    expect(await broken(strays)).toContain('elsewhere/state');
  });

  it('a shell, or any other program that is not of a release and does more than read', async () => {
    const shells = async (context: DriverContext) => {
      await context.host.run(['sh', '-c', 'true'], { timeoutMs: 1_000 });
      await write(context, 'state', 'set');
    };
    expect(await broken(shells)).toContain('not its own: sh');
  });
});

describe('a defect planted in a driver is caught', () => {
  it('P9 one that takes silence for health, for a stop and for a release', async () => {
    const fine = (check: string) => ({ check, ok: true, detail: 'it must be well' });
    const driver = {
      engine: 'toy',
      checks: ['in-service'],
      tools: [],
      check: async (_: DriverContext, { check }: Guard) => fine(check),
      ready: async () => fine('ready'),
      stopped: async () => fine('stopped'),
      capabilities: async () => [],
      observe: async () => ({ inService: true, findings: [], detail: {} }),
      inspectBundle: async () => ({ version: '1', findings: [fine('release-complete')] }),
    } as unknown as Driver;
    const heard = await hearSilence({ ...etcdSubject, driver });
    const caught = silentClauses.filter(({ prove }) => {
      try {
        prove(heard, { ...etcdSubject, driver });
        return false;
      } catch {
        return true;
      }
    });
    expect(caught).toEqual(silentClauses.slice(0, 4));
  });

  it('P21 one whose idle probes cost more than a database gives away', async () => {
    const clause = silentClauses.find(({ title }) => title.startsWith('P21'));
    const heard = {} as Awaited<ReturnType<typeof hearSilence>>;
    const often = etcdSubject.driver.tools.map((tool) => ({ ...tool, idleEveryMs: 1_000 }));
    expect(() => clause?.prove(heard, { ...etcdSubject, driver: { ...etcdSubject.driver, tools: often } })).toThrow(
      /to be less than 0.0015/,
    );
    expect(() => clause?.prove(heard, etcdSubject)).not.toThrow();
  });

  it('a recording that no parser reads, and a parser that guesses', async () => {
    const { version: _, ...parsers } = etcdSubject.recordings.parsers;
    const prove = (changed: Record<string, (text: string) => unknown>) =>
      Promise.allSettled(
        recordedClauses.map(async (clause) =>
          clause.prove({ ...etcdSubject, recordings: { ...etcdSubject.recordings, parsers: changed } }),
        ),
      );
    const failures = async (changed: Record<string, (text: string) => unknown>) =>
      (await prove(changed)).filter(({ status }) => status === 'rejected').length;
    expect(await failures(parsers)).toBeGreaterThan(0);
    expect(await failures({ ...parsers, version: () => '3.6.16' })).toBeGreaterThan(0);
    expect(await failures(etcdSubject.recordings.parsers)).toBe(0);
  });
});

describe('a defect planted in a form is caught', () => {
  const [tools, checks, words, facts, steps, turns] = ['P21', 'M62', 'P13 verbs', 'facts', 'P13 P17', 'P11'];
  const caughtBy = async (change: Partial<FormSubject>): Promise<readonly string[]> => {
    const proven = await Promise.allSettled(formClauses.map(async (clause) => clause.prove({ ...etcdForm, ...change })));
    return formClauses.flatMap(({ title }, at) => (proven[at]?.status === 'rejected' ? [title] : []));
  };
  const { procedure, driver, serverSchema } = etcdForm;
  const turn = (change: (step: Step) => Step): Partial<FormSubject> => ({
    procedure: { ...procedure, turn: (input) => ({ ...procedure.turn(input), steps: procedure.turn(input).steps.map(change) }) },
  });
  const running =
    (part: string) =>
    ({ body, ...step }: Step) =>
      ({ ...step, body: body.kind === 'downtime' ? { ...body, parts: body.parts.filter((each) => each !== part) } : body }) as Step;
  const status = etcdForm.tools.status as Tool;

  it.each<[string, Partial<FormSubject>, string | undefined]>([
    ['a tool without a time limit', { tools: { status: { ...status, timeoutMs: 0 } } }, tools],
    ['a parser of what nothing is recorded of', { tools: { status: { ...status, recorded: undefined as never } } }, tools],
    ['a recording of another command', { tools: { status: { ...status, argv: ['etcdctl', 'endpoint', 'status'] } } }, 'every parser'],
    ['a refusal that does not say how it clears', { checks: { ...etcdForm.checks, 'same-members': { wrong: () => [] } } }, checks],
    [
      'a refusal that is no guard',
      { checks: { ...etcdForm.checks, 'in-service': { preflight: true, clears: 'person', answer: 'host' } } },
      checks,
    ],
    ['a verb that takes whatever comes', { driver: { ...driver, verbs: { schemas: { move: z.looseObject({}) } } as never } }, words],
    [
      'a field of the facts that JSON does not keep',
      { serverSchema: serverSchema.extend({ dbBytes: z.number().transform(BigInt) }) as never },
      facts,
    ],
    [
      'a step that waits for a check that no driver knows',
      turn((step) => ({ ...step, body: { kind: 'await', condition: 'moon-is-full', member: null, steadyMs: 0, viewpoint: 'self' } })),
      steps,
    ],
    ['a health check that nothing judges', turn((step) => ({ ...step, healthCheck: 'looks-good' })), steps],
    ['a verb that no driver has', turn((step) => ({ ...step, body: { kind: 'act', verb: 'move', args: {} } })), steps],
    ['a downtime that does not start again', turn(running('start')), turns],
  ])('%s', async (_, change, clause) => {
    const caught = await caughtBy(change);
    expect(caught.some((title) => title.startsWith(clause ?? '-'))).toBe(true);
  });

  it('and none is found in a sound one', async () => {
    expect(await caughtBy({})).toEqual([]);
  });
});
