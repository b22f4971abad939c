/** P14 From where an operator acts is in the record of what they did: the address that the connection proved, and of no other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetEvent } from '../../common/events.ts';
import { askedBy, located } from '../../controller/store/asker.ts';
import { type Door, json, openDoor } from './door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door[Symbol.asyncDispose]());

const bound = (actor: string): FleetEvent => ({ type: 'role-bound', identity: 'human:bert', role: 'viewer', selector: '', actor });

describe('P14 an act of an operator', () => {
  it('is recorded with identity and address, in the log that is verified', async () => {
    await door.ask('BindRole', { identity: 'human:bert', role: 'viewer', selector: '' });
    const page = json((await door.ask('ListAudit', { chain: 'fleet', afterSeq: 0, pageSize: 0 })).audit) as {
      readonly events: readonly { readonly type: string; readonly body: object }[];
    };
    expect(page.events.at(-1)).toMatchObject({
      type: 'role-bound',
      body: { actor: 'human:tester', from: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    });
    expect(json((await door.ask('VerifyAudit', {})).verification)).toMatchObject({ ok: true });
  });

  it('has the address of who asked, and none where another did it, or no person asked', async () => {
    const [anna, bert] = [
      { actor: 'human:anna', address: '10.0.0.7:1' },
      { actor: 'human:bert', address: '10.0.0.8:2' },
    ];
    const later = async (actor: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      return located(bound(actor));
    };
    const [first, second] = await Promise.all([askedBy(anna, () => later('human:anna')), askedBy(bert, () => later('human:bert'))]);
    expect(first).toMatchObject({ actor: 'human:anna', from: '10.0.0.7:1' });
    expect(second).toMatchObject({ actor: 'human:bert', from: '10.0.0.8:2' });
    expect(askedBy(anna, () => located(bound('human:bert')))).toEqual(bound('human:bert'));
    expect(located(bound('human:anna'))).toEqual(bound('human:anna'));
  });
});
