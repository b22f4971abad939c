/** What the facts of a receipt must say before the run goes on, by the ids of health checks. PURE. */
import type { NodeFacts } from '../../common/facts.ts';
import { idsFor } from '../kit/pure/checks.ts';
import { byPeer, complain, type Judge, ofFindings, ofNode } from '../kit/pure/judge.ts';
import { checks } from './checks.ts';
import { serverFactsOf, standbyNamed, standbyRows } from './facts.ts';

/** Of a standby that replays late on purpose: it may not be connected yet. */
export const lateSeenByPeer = 'late-standby-seen-by-peer';
export const noReseed = 'no-reseed';
/** Id by which it is judged that the one who answers streams to this member. */
export const streamsTo = (member: string): string => `streams-to:${member}`;
/** The same of a member that took over from the node of the turn, which follows it. */
export const leads = (member: string): string => `leads:${member}`;

const inRole =
  (role: 'primary' | 'standby'): Judge =>
  (facts, expect) =>
    ofNode(facts, expect, ({ instance, role: found }) =>
      found === role ? null : complain(`${instance} is ${found ?? 'of unknown role'}, not the ${role} it was`, 'facts-changed'),
    );

const verified = (facts: NodeFacts, expect: Parameters<Judge>[1]) => ofFindings(facts, expect, idsFor(checks, 'verify'));

/** The server that answers streams to this standby. */
const ofStandby: Judge = (facts, { instance }, standby) => {
  const server = serverFactsOf(facts);
  const silent = `${facts.instance}, which was asked about ${standby}, does not answer SQL`;
  if (server === null) return complain(silent, facts.instance === instance ? 'node-down' : 'peer-unhealthy');
  const row = standbyNamed(server, standby);
  if (row === undefined) return complain(`${facts.instance} does not stream to ${standby}`);
  return row.state === 'streaming' ? null : complain(`${facts.instance} sees ${standby} in state ${row.state}, not streaming`);
};

/** The server that it follows has lost no WAL that somebody needs; where the standby is connected already, it streams or catches up. */
const ofLateStandby: Judge = (facts, { instance, member }) => {
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance}, which was asked about ${instance}, does not answer SQL`, 'peer-unhealthy');
  const state = standbyNamed(server, member)?.state ?? 'streaming';
  if (!['streaming', 'catchup'].includes(state)) return complain(`${facts.instance} sees ${member} in state ${state}, not streaming`);
  const slots = facts.findings.find(({ check }) => check === 'slots-sound');
  return slots?.ok === true ? null : complain(`${facts.instance}: ${slots?.detail ?? 'it did not answer the check slots-sound'}`);
};

/** The one that took over runs what the node of the turn runs now, and takes writes; the node streams from it. */
const ofLeader: Judge = (facts, expect, leader) => {
  if (facts.memberId !== leader)
    return complain(`the member name of ${facts.instance} is ${facts.memberId ?? 'not set'}, not ${leader}`, 'facts-changed');
  const leading = { ...expect, instance: facts.instance, member: leader };
  return inRole('primary')(facts, leading, '') ?? ofStandby(facts, expect, expect.member);
};

/** Whether a standby can follow with the data that it has. Not known yet is not good enough; a primary follows no member and shows nothing here. */
const ofWal: Judge = (facts, { instance }) => {
  if (facts.instance !== instance) return complain(`${facts.instance} answered for ${instance}`);
  if (facts.role === 'primary') return complain(`${instance} takes writes, but was restored as a standby: stop it`, 'two-primaries');
  const finding = facts.findings.find(({ check }) => check === 'needs-no-reseed');
  if (finding?.ok === true) return null;
  const why = finding?.detail ?? 'it did not answer the check needs-no-reseed';
  return complain(`${instance}: ${why}`, finding?.ok === false ? 'needs-reseed' : 'health-check-failed');
};

const ofAllStandbys: Judge = (facts) => {
  const server = serverFactsOf(facts);
  const lagging = server === null ? undefined : standbyRows(server).find((row) => row.state !== 'streaming');
  if (lagging === undefined) return null;
  return complain(`${lagging.applicationName} does not stream from ${facts.instance}: state ${lagging.state}`);
};

/** A standby that streams proves that the primary serves: there is exactly one, by the prechecks. */
const ofPrimary: Judge = (facts, { instance, member }) => {
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance}, which was asked about ${instance}, does not answer SQL`, 'peer-unhealthy');
  if (!server.inRecovery) return complain(`${facts.instance} takes writes, and so does ${instance}`, 'two-primaries');
  return server.walReceiver?.status === 'streaming' ? null : complain(`${facts.instance} does not stream from ${member}`);
};

export const judges: Readonly<Record<string, Judge>> = {
  'in-service-primary': inRole('primary'),
  'in-service-standby': inRole('standby'),
  'primary-seen-by-peer': byPeer(ofPrimary),
  'standby-seen-by-peer': byPeer((facts, expect) => ofStandby(facts, expect, expect.member)),
  [lateSeenByPeer]: byPeer(ofLateStandby),
  'verified-primary': (facts, expect, of) =>
    inRole('primary')(facts, expect, of) ?? verified(facts, expect) ?? ofAllStandbys(facts, expect, of),
  'verified-standby': (facts, expect, of) => inRole('standby')(facts, expect, of) ?? verified(facts, expect),
  [noReseed]: ofWal,
  leads: byPeer(ofLeader),
  'streams-to': ofStandby,
};
