/** Failures that a run did not cause, on a real etcd cluster. What the admin sees of each is printed. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunDocument } from '../../common/documents.ts';
import type { RunEvent } from '../../common/events.ts';
import { type EtcdFleet, startEtcdFleet } from '../../demo/etcd/fleet.ts';
import { etcdUnit } from '../../demo/etcd/layout.ts';
import { castOf, ctl, endOf, type Started, startRun, versionsOf } from './etcd-stage.ts';

const runLimitMs = 120_000;
let fleet: EtcdFleet;
let started: Started | null = null;

beforeAll(async () => {
  fleet = await startEtcdFleet({ version: '3.5.35', flags: ['--enable-v2=false'] });
  await fleet.adopt();
  for (const version of ['3.5.21', '3.5.35', '3.6.16'] as const) await fleet.addRelease(version);
});

afterEach(async () => {
  await started?.log.close();
});

afterAll(async () => {
  await fleet?.stop();
});

/** Goes to and fro within one minor, where nothing has to be finalized. */
async function start(to: '3.5.21' | '3.5.35'): Promise<Started> {
  started = await startRun(fleet, ['--to', to, ...(to === '3.5.21' ? ['--downgrade'] : [])]);
  return started;
}

const outageBegan = ({ log }: Started) =>
  log.until('an outage', (event): event is RunEvent => event.type === 'order-dispatched' && event.step.endsWith('.outage'));

function show(failure: string, { holds }: RunDocument): void {
  for (const { kind, detail, releasedBy, until } of holds)
    console.log(`${failure}: ${kind}: ${detail}; released by ${releasedBy}: ${until}`);
}

describe('failures that a run on a real etcd cluster did not cause', () => {
  it('M43 finds a flag that the new minor does not know before the outage: nothing is touched', async () => {
    started = await startRun(fleet, ['--to', '3.6.16']);
    const refused = await started.log.until('a hold', (event): event is RunEvent => event.type === 'hold-raised');
    expect(JSON.stringify(refused.event)).toContain('--enable-v2');
    expect(started.log.events.some((event) => event.type === 'order-dispatched' && event.step.endsWith('.outage'))).toBe(false);
    const held = started.log.statuses.find(({ holds }) => holds.length > 0);
    if (held !== undefined) show('unknown flag', held);
    expect((await fleet.cli(['abort', started.runId, '--reason', 'the flag goes first'])).exitCode).toBe(0);
    expect(await versionsOf(fleet)).toEqual(['3.5.35', '3.5.35', '3.5.35']);
  });

  it('M43 P1 holds while another member is down, and goes on by itself when it is back', async () => {
    const { followers } = await castOf(fleet);
    const run = await start('3.5.21');
    const began = await outageBegan(run);
    const inTurn = followers.find((name) => JSON.stringify(began.event).includes(name));
    const other = followers.find((name) => name !== inTurn) ?? '';
    await fleet.host(other).kill(etcdUnit(other));
    show('another member is killed', await run.log.held('node-down', other));
    await fleet.host(other).start(etcdUnit(other));
    expect((await endOf(run, runLimitMs)).state).toBe('done');
  });

  it('M43 goes on when the leader moves by itself in the middle: whoever leads then goes last', async () => {
    const { followers } = await castOf(fleet);
    const run = await start('3.5.35');
    const began = await outageBegan(run);
    const heir = followers.find((name) => !JSON.stringify(began.event).includes(name)) ?? '';
    const heirId = (await ctl(fleet, '3.5.35', ['member', 'list']))
      .split('\n')
      .find((line) => line.includes(`, ${heir},`))
      ?.split(',')[0];
    await ctl(fleet, '3.5.35', ['move-leader', heirId ?? '']);
    expect((await endOf(run, runLimitMs)).state).toBe('done');
    const outages = run.log.events.flatMap((event) =>
      event.type === 'order-dispatched' && event.step.endsWith('.outage') ? [event.step] : [],
    );
    expect(outages.at(-1)).toContain(heir);
    expect(await versionsOf(fleet)).toEqual(['3.5.35', '3.5.35', '3.5.35']);
  });
});
