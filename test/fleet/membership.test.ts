import { describe, expect, it } from 'vitest';
import { type Membership, membershipProblems } from '../../controller/fleet/membership.ts';
import { facts } from './agents.ts';

const node = (instance: string) => ({ instance, host: `host-of-${instance}`, connected: true, facts: facts(instance) });

const whole: Membership = {
  cluster: 'pg-main',
  expectedMembers: 2,
  adopted: ['pg-1', 'pg-2'],
  enrolled: [node('pg-1'), node('pg-2')],
  seen: ['pg-1', 'pg-2'],
  refused: [],
};

const output = (membership: Partial<Membership>) =>
  membershipProblems({ ...whole, ...membership }).map(({ check, severity, subject, clears, detail }) => {
    expect([check, severity]).toEqual(['membership-mismatch', 'refuse']);
    return `${subject} (${clears}): ${detail}`;
  });

describe('membership', () => {
  it('agrees when expected, enrolled and seen are the same', () => {
    expect(output({})).toEqual([]);
    expect(output({ adopted: null, expectedMembers: null })).toEqual([]);
  });

  it('names who is missing at adoption', () => {
    expect(output({ adopted: null, expectedMembers: 3 })).toEqual([
      'pg-main (person): pg-main is declared with 3 members, agents announce 2 (pg-1 on host-of-pg-1, pg-2 on host-of-pg-2): install an agent for each of the others, or declare the actual number of members',
    ]);
    const away = { ...node('pg-2'), connected: false, facts: null };
    expect(output({ adopted: null, expectedMembers: 1, enrolled: [node('pg-1'), away], seen: ['pg-1'] })).toEqual([
      'pg-main (person): pg-main is declared with 1 member, agents announce 2 (pg-1 on host-of-pg-1, pg-2 on host-of-pg-2); if all of these are members: drydock cluster adopt pg-main --members 2; host-of-pg-2 is disconnected: start its agent, or, if host-of-pg-2 no longer exists, drydock host forget host-of-pg-2',
    ]);
  });

  it('names an adopted instance that nobody announced, and one that was never adopted', () => {
    expect(output({ enrolled: [node('pg-1'), node('pg-9')], seen: ['pg-1', 'pg-9'] })).toEqual([
      'pg-2 (automatic): pg-2 belongs to pg-main, but no agent has announced it: start the agent on its host',
      'pg-9 (person): the agent on host-of-pg-9 announces pg-9 of pg-main, but pg-main was adopted without it: drydock cluster adopt pg-main --members 2 --reason "…"; if it belongs to another cluster, correct the settings of that agent',
    ]);
  });

  it('names a member that only the database knows, and one that the database does not see', () => {
    expect(output({ seen: ['pg-1', 'pg-2', 'reporting'] })).toEqual([
      'reporting (person): the database of pg-main has a member reporting that no agent manages: install an agent on its host, then drydock cluster adopt pg-main --members N --reason "…"',
    ]);
    expect(output({ seen: ['pg-1'] })).toEqual([
      'pg-2 (automatic): pg-2 reports to be member pg-2, but the other members of pg-main do not see it',
    ]);
  });

  it('says that it may be a silent agent when not everyone could tell its member id', () => {
    const silent = { ...node('pg-2'), facts: null };
    expect(output({ enrolled: [node('pg-1'), silent] })).toEqual([
      'pg-2 (automatic): the database of pg-main has a member pg-2, and no agent reports which member it is; the member id of pg-2 on host-of-pg-2 is unknown: start the agent there',
    ]);
  });

  it('13.4: does not call a member unmanaged whose own agent is gone, and advises the removal of no member', () => {
    const gone = output({ enrolled: [node('pg-1')] });
    expect(gone).toEqual([
      'pg-2 (automatic): pg-2 belongs to pg-main, but no agent has announced it: start the agent on its host',
      'pg-2 (automatic): the database of pg-main has a member pg-2, and no agent reports which member it is; the member id of pg-2 is unknown: start the agent there',
    ]);
    expect([...gone, ...output({ seen: ['pg-1', 'pg-2', 'reporting'] })].join(' ')).not.toMatch(/remove/);
  });

  it('13.4: advises to adopt an instance that serves, and to forget only one that does not', () => {
    const added = (inService: boolean) => ({ ...node('pg-3'), facts: facts('pg-3', { inService }) });
    const of = (inService: boolean) =>
      output({ enrolled: [...whole.enrolled, added(inService)], seen: ['pg-1', 'pg-2', 'pg-3'] }).join('\n');
    expect(of(true)).toContain('drydock cluster adopt pg-main --members 3 --reason "…"');
    expect(of(true)).not.toMatch(/forget|stop|remove/);
    expect(of(false)).toMatch(
      /is not in service: if it is a member now: drydock cluster adopt .*; if not, .*drydock host forget host-of-pg-3/,
    );
  });

  it('names two instances that claim to be the same member', () => {
    const twin = { ...node('pg-2'), facts: facts('pg-2', { memberId: 'pg-1' }) };
    expect(output({ enrolled: [node('pg-1'), twin], seen: ['pg-1'] })).toEqual([
      'pg-2 (person): pg-2 and pg-1 both report to be member pg-1 of pg-main',
    ]);
  });

  it('names an instance that two hosts announce', () => {
    const claim = {
      ...{ instance: 'pg-1', cluster: 'pg-main', host: 'db-9', heldBy: 'db-1', peer: 'loopback 127.0.0.1:9' },
      holderConnected: true,
    };
    expect(output({ refused: [claim, { ...claim, cluster: 'other' }] })).toEqual([
      'pg-1 (person): db-9 (loopback 127.0.0.1:9) announces pg-1, but db-1 announced it first and is connected: correct the settings of the agent on db-9 or stop it, then drydock host forget db-9',
    ]);
    expect(output({ refused: [{ ...claim, holderConnected: false }] })).toEqual([
      'pg-1 (person): db-9 (loopback 127.0.0.1:9) announces pg-1, but db-1 announced it first and is disconnected. If pg-1 is on db-9 now: drydock host forget db-1. If not, stop the agent on db-9, then drydock host forget db-9',
    ]);
  });
});
