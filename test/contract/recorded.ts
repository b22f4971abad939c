/** Clauses about what real servers said once, written down: parsers and facts. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Json } from '../../common/canonical-json.ts';
import type { EngineObservation } from '../../common/driver.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Recordings, Subject } from './subject.ts';

export interface RecordedSubject extends Subject {
  readonly recordings: Recordings;
}

export interface RecordedClause {
  readonly title: string;
  prove(subject: RecordedSubject): Promise<void> | void;
}

export const recordedVersions = ({ dir }: Pick<Recordings, 'dir'>): readonly string[] => readdirSync(dir).sort();

/** Without its first line. */
export function recording({ dir }: Recordings, version: string, name: string): string {
  const text = readFileSync(new URL(`${version}/${name}.txt`, dir), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}

function recordedNames({ dir }: Recordings, version: string): readonly string[] {
  return readdirSync(new URL(`${version}/`, dir)).map((file) => file.replace(/\.txt$/, ''));
}

const everyRecording = (recordings: Recordings) =>
  recordedVersions(recordings).flatMap((version) => recordedNames(recordings, version).map((name) => ({ version, name })));

export const recordedClauses: readonly RecordedClause[] = [
  {
    title: 'real output of at least two versions is recorded, with command and version in the first line',
    prove({ recordings }) {
      expect(recordedVersions(recordings).length).toBeGreaterThanOrEqual(2);
      for (const { version, name } of everyRecording(recordings)) {
        const [first = ''] = readFileSync(new URL(`${version}/${name}.txt`, recordings.dir), 'utf8').split('\n');
        expect(first, `${version}/${name}`).toMatch(/^# \S.*\S \(.+\)$/);
        expect(first.endsWith(` (${recordings.product} ${version})`), first).toBe(true);
      }
    },
  },
  {
    title: 'every recording is read by a parser, in each version',
    prove({ recordings }) {
      const names = Object.keys(recordings.parsers).sort();
      for (const version of recordedVersions(recordings)) {
        expect([...recordedNames(recordings, version)].sort(), version).toEqual(names);
        for (const name of names)
          expect(recordings.parsers[name]?.(recording(recordings, version, name)), `${version}/${name}`).not.toBeNull();
      }
    },
  },
  {
    title: 'parsers never throw and never guess: what was cut off is null or a whole answer, what is something else is null',
    prove({ recordings }) {
      for (const { version, name } of everyRecording(recordings)) {
        const parse = recordings.parsers[name];
        const text = recording(recordings, version, name);
        for (let length = 0; length < text.length; length += Math.ceil(text.length / 200)) parse?.(text.slice(0, length));
        for (const other of ['', '502 Bad Gateway', '{}', 'null', '<html>']) expect(parse?.(other), `${name}: ${other}`).toBeNull();
      }
    },
  },
  {
    title: 'facts of recorded members name version, member and role, and pass JSON unchanged',
    async prove(subject) {
      for (const version of recordedVersions(subject.recordings)) {
        const seen = await subject.recordings.observed(version);
        expect(seen.length).toBeGreaterThan(0);
        for (const observation of seen) {
          expect(observation).toMatchObject({ runningVersion: version, inService: true });
          expect(subject.procedure.roles).toContain(observation.role);
          expect(observation.peers.length + Object.keys(observation.detail).length).toBeGreaterThan(0);
          for (const id of [observation.databaseId, observation.memberId]) expect(id).toMatch(/\S/);
          expect(JSON.parse(JSON.stringify(observation.detail))).toEqual(observation.detail);
          expect(inexactNumbers(observation.detail)).toEqual([]);
          expect(subject.factsOf(asNodeFacts(observation))).not.toBeNull();
        }
      }
    },
  },
];

/** Whole numbers that a double does not hold exactly. */
function inexactNumbers(value: Json): readonly number[] {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? [value] : [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(inexactNumbers) : [];
}

/** As the agent would send it, with a host of which nothing is known. */
export function asNodeFacts(seen: EngineObservation, release: string | null = null): NodeFacts {
  const space = { freeBytes: 40e9, freeInodes: 1e6 };
  const { databaseId, memberId, role, inService, peers, capabilities, findings, detail } = seen;
  return {
    instance: memberId ?? '',
    nonce: null,
    observedAtMs: 0,
    incarnation: { bootId: 'boot', invocationId: 'life' },
    databaseId,
    memberId,
    version: { running: seen.runningVersion, onDisk: seen.onDiskVersion, format: seen.format },
    role,
    inService,
    peers,
    ...(capabilities === undefined ? {} : { capabilities }),
    release: { current: release, previous: null, installed: release === null ? [] : [release] },
    space: { releases: space, data: space },
    findings,
    detail,
  };
}
