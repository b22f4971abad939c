/** Clauses derived from the form of an engine: what it says of its tools, checks, words, facts and turns, held against itself and against recordings. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type ClosedList, callProblem } from '../../common/closed-list.ts';
import { isControllerBody } from '../../common/controller-body.ts';
import type { Driver, EngineObservation } from '../../common/driver.ts';
import type { NodeView } from '../../common/facts.ts';
import { bodyText, parseOrderBody } from '../../common/order-body.ts';
import type { Direction, Step } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { type Checks, idsFor, refusingIds } from '../../engines/kit/pure/checks.ts';
import { parsersOf, type Tools } from '../../engines/kit/pure/tools.ts';
import { asNodeFacts, recordedVersions } from './recorded.ts';
import type { Recordings } from './subject.ts';

/** What an agent announces of its driver. */
export type Announced = Pick<Driver, 'checks' | 'verbs' | 'jobs' | 'settings'>;

/** `dir` null: it speaks to no server, and `observed` is made up. */
type FormRecordings = Pick<Recordings, 'product' | 'observed'> & { readonly dir: URL | null };

export interface FormSubject {
  readonly procedure: Procedure;
  readonly driver: Announced;
  readonly checks: Checks<never, never>;
  readonly tools: Tools;
  /** Of what a server that answers tells of itself. */
  readonly serverSchema: z.ZodObject;
  readonly recordings: FormRecordings;
  /** From and to: one for each kind of hop that its steps differ by. */
  readonly hops: readonly (readonly [from: string, to: string])[];
  /** Preflight checks that another check is the guard of, with that one: it tells more directly what a stop would do. */
  readonly guardedBy?: Readonly<Record<string, string>>;
}

export interface FormClause {
  readonly title: string;
  prove(subject: FormSubject): Promise<void> | void;
}

export const formClauses: readonly FormClause[] = [
  {
    title: 'P21 every tool has a price, a cadence and a time limit, and says in one way how it asks',
    prove({ tools }) {
      for (const [id, { costMs, idleEveryMs, turnEveryMs, timeoutMs, argv, get, parse, recorded }] of Object.entries(tools)) {
        expect(costMs.tool, id).toBeGreaterThan(0);
        expect(costMs.database, id).toBeGreaterThanOrEqual(0);
        expect(timeoutMs, id).toBeGreaterThan(0);
        expect(idleEveryMs ?? Infinity, id).toBeGreaterThanOrEqual(turnEveryMs);
        expect([argv, get].filter((way) => way !== undefined).length, id).toBeLessThanOrEqual(1);
        expect(recorded === undefined, `${id}: a parser and its recording go together`).toBe(parse === undefined);
      }
    },
  },
  {
    title: 'every parser of the tool table is shown what real servers of two versions said, to the very command of the tool',
    prove({ tools, recordings }) {
      const { dir, product } = recordings;
      if (dir === null) return expect(Object.keys(parsersOf(tools))).toEqual([]);
      const versions = recordedVersions({ dir });
      expect(versions.length).toBeGreaterThanOrEqual(2);
      for (const [id, { argv, get, recorded }] of Object.entries(tools))
        for (const version of recorded === undefined ? [] : versions) {
          const [first = ''] = readFileSync(new URL(`${version}/${recorded}.txt`, dir), 'utf8').split('\n');
          const command = argv?.join(' ') ?? `GET ${get}`;
          expect(first, `${id} in ${version}`).toBe(`# ${command} (${product} ${version})`);
        }
    },
  },
  {
    title: 'M62 every check that refuses says how that clears, and is asked again directly before a stop',
    prove({ checks, procedure, guardedBy = {} }) {
      const isGuard = (id: string): boolean => checks[id]?.guard !== undefined || checks[id]?.waveGuard !== undefined;
      for (const id of refusingIds(checks)) {
        const check = checks[id];
        expect(check?.clears, `${id} does not say whether it clears automatically or by a person`).toBeDefined();
        // What the facts of the cluster tell is read again before each turn and each stop; what a host is asked has to be its guard.
        if (check?.wrong === undefined) expect(isGuard(id) || isGuard(guardedBy[id] ?? ''), `${id} is no guard`).toBe(true);
      }
      expect([...procedure.refuses]).toEqual([...procedure.refuses].toSorted());
      expect(procedure.preflightChecks).toEqual(idsFor(checks, 'preflight'));
      expect(procedure.planChecks ?? []).toEqual(idsFor(checks, 'planning'));
    },
  },
  {
    title: 'P13 verbs and jobs take arguments of their schema and no other',
    prove({ driver: { verbs, jobs } }) {
      for (const [word, schema] of [...Object.entries(verbs?.schemas ?? {}), ...Object.entries(jobs?.schemas ?? {})]) {
        for (const stranger of [null, [], 'text', 1]) expect(schema.safeParse(stranger).success, word).toBe(false);
        const issues = schema.safeParse({ ofNoSchema: 'rm' }).error?.issues ?? [];
        expect(
          issues.some(({ code }) => code === 'unrecognized_keys'),
          `${word} takes what it does not know`,
        ).toBe(true);
      }
    },
  },
  {
    title: 'facts pass JSON unchanged, and what lacks a field that has no default is no facts',
    async prove({ serverSchema, recordings }) {
      for (const version of versionsOf(recordings))
        for (const { detail } of await recordings.observed(version)) {
          const parsed = serverSchema.parse(detail);
          expect(serverSchema.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
          for (const [key, field] of Object.entries(serverSchema.shape)) {
            const { [key]: _, ...lacking } = detail;
            const hasDefault = (field as z.ZodType).safeParse(undefined).success;
            expect(serverSchema.safeParse(lacking).success, `without ${key}`).toBe(hasDefault);
          }
        }
    },
  },
  {
    title: 'P13 P17 every step is an order that agents parse, asks for what they announce, and is judged by a health check that is known',
    async prove(subject) {
      const { procedure, driver } = subject;
      const steps = await stepsOf(subject);
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) {
        const { id, body, guards, deadlineMs, expectedMs, healthCheck } = step;
        expect(deadlineMs, id).toBeGreaterThanOrEqual(expectedMs);
        expect(gapsOf(step, driver), id).toEqual([]);
        for (const { check } of guards) expect(driver.checks, id).toContain(check);
        if (!isControllerBody(body)) expect(parseOrderBody(bodyText(body)), id).toEqual(body);
        if (healthCheck === null) continue;
        const facts = asNodeFacts(silent);
        const verdict = procedure.judge(healthCheck, facts, { version: '1', instance: 'n-1', member: 'n-1' });
        // A member that does not answer passes nothing, and an id that nothing judges is a bug of ours.
        expect(verdict.ok, `${id}: ${healthCheck}`).toBe(false);
        expect(JSON.stringify(verdict), id).not.toContain('unknown health check');
      }
      for (const check of [...procedure.needs, ...procedure.preflightChecks, ...procedure.verifyChecks])
        expect(driver.checks).toContain(check);
    },
  },
  {
    title: 'P11 P16 a turn that stops its node starts it again, and its rollback goes the same way back with guards of its own',
    async prove(subject) {
      for (const input of await turnsOf(subject)) {
        const { steps, undo } = subject.procedure.turn(input);
        const [there, back] = [steps, undo].map((each) => each.flatMap(({ body }) => (body.kind === 'downtime' ? [body] : [])));
        expect(there?.length, 'it stops its node').toBeGreaterThan(0);
        for (const body of there ?? []) if (body.parts.includes('stop')) expect(body.parts).toContain('start');
        expect(back?.at(-1)).toMatchObject({ fromRelease: there?.[0]?.toRelease, toRelease: there?.[0]?.fromRelease });
      }
    },
  },
];

export function formContract(subject: FormSubject): void {
  describe(`the form of ${subject.procedure.engine}`, () => {
    for (const { title, prove } of formClauses) it(title, () => prove(subject));
  });
}

const versionsOf = ({ dir }: FormRecordings): readonly string[] => (dir === null ? ['made up'] : recordedVersions({ dir }));

const silent: EngineObservation = {
  databaseId: null,
  memberId: null,
  runningVersion: null,
  onDiskVersion: null,
  format: null,
  role: null,
  inService: false,
  peers: [],
  findings: [],
  detail: { state: 'unreachable', reason: 'nothing listens' },
};

/** What the step asks for that no agent announces. */
function gapsOf({ body }: Step, { checks, verbs, jobs, settings }: Announced): readonly string[] {
  const inList = (list: ClosedList | undefined, what: string, word: string, args: object) =>
    callProblem(list ?? {}, what, word, args as never) ?? [];
  switch (body.kind) {
    case 'await':
      return checks.includes(body.condition) ? [] : [`no check ${body.condition}`];
    case 'observe':
      return body.checks.filter((check) => !checks.includes(check));
    case 'act':
      return [inList(verbs?.schemas, 'verb', body.verb, body.args)].flat();
    case 'job':
      return [inList(jobs?.schemas, 'job', body.name, body.args)].flat();
    case 'set':
    case 'unset':
      return settings?.keys.includes(body.key) === true ? [] : [`no setting ${body.key}`];
    case 'downtime':
      return body.act === undefined ? [] : [inList(verbs?.schemas, 'verb', body.act.verb, body.act.args)].flat();
    default:
      return [];
  }
}

/** Every step of every turn, phase and wave that it fills in, for each role and each hop, and back. */
async function stepsOf(subject: FormSubject): Promise<readonly Step[]> {
  const { procedure } = subject;
  const { allStop, inPlace, sideBySide } = procedure;
  return (await turnsOf(subject)).flatMap((input): readonly Step[] => {
    const turn = procedure.turn(input);
    const ofCluster = { idPrefix: input.idPrefix, hop: input.hop, nodes: [input.node, ...input.peers] };
    const prepared = procedure.prepare?.(ofCluster);
    const stopped = [allStop, inPlace].flatMap((form) =>
      form === undefined ? [] : [form.stop(input), form.activate(input), form.start(input)],
    );
    const switched = sideBySide?.switchOver(input);
    return [
      ...[turn, ...stopped, ...(switched === undefined ? [] : [switched])].flatMap(({ steps, undo }) => [...steps, ...undo]),
      ...procedure.verify(input),
      ...(prepared === undefined ? [] : [...prepared.steps, ...prepared.undo]),
      ...(procedure.finalize?.(ofCluster) ?? []),
      ...(procedure.rewrite?.(input) ?? []),
      ...(inPlace?.migrate(input) ?? []),
      ...(inPlace?.beforeStart?.(input) ?? []),
      ...(inPlace?.afterStart?.(input) ?? []),
      ...(['create', 'copy', 'compare', 'accept', 'retire', 'discard'] as const).flatMap((phase) => sideBySide?.[phase](input) ?? []),
    ];
  });
}

/** One turn for each role, hop and direction, of three members that say what is recorded. */
async function turnsOf({ procedure, driver, recordings, hops }: FormSubject): Promise<readonly TurnInput[]> {
  const [version = ''] = versionsOf(recordings);
  const seen = await recordings.observed(version);
  const directions: readonly Direction[] = ['upgrade', 'downgrade'];
  return procedure.roles.flatMap((role) => {
    const like = seen.find((each) => each.role === role) ?? seen[0];
    if (like === undefined) throw new RangeError(`nothing of ${procedure.engine} ${version} is recorded`);
    const [node, ...peers] = ['n-1', 'n-2', 'n-3'].map((name) => nodeOf(name, { ...like, role }, driver));
    if (node === undefined) throw new RangeError('three members were laid out');
    return hops.flatMap(([from, to]) =>
      directions.map((direction): TurnInput => {
        const [before, after] = direction === 'upgrade' ? [from, to] : [to, from];
        return {
          idPrefix: `${role}.${before}.${after}`,
          node,
          peers,
          role,
          hop: { from: before, to: after, direction },
          fromRelease: `${before}-aaaaaaaaaaaa`,
          toRelease: `${after}-bbbbbbbbbbbb`,
          settleMs: 1_000,
          successor: null,
          config: null,
          reloadOnly: false,
          restore: null,
        };
      }),
    );
  });
}

function nodeOf(instance: string, seen: EngineObservation, { checks, verbs, jobs, settings }: Announced): NodeView {
  return {
    instance,
    host: `host-of-${instance}`,
    arch: 'x64',
    os: 'debian:12',
    dataDir: '/srv/data',
    connected: true,
    facts: { ...asNodeFacts(seen), instance, memberId: instance },
    factsAgeMs: 0,
    capabilities: seen.capabilities ?? [],
    checks,
    verbs: Object.keys(verbs?.schemas ?? {}),
    jobs: Object.keys(jobs?.schemas ?? {}),
    keys: settings?.keys ?? [],
    profileDigest: 'sha256:0',
  };
}
