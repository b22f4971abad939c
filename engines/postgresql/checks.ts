/** Every check of PostgreSQL, in the order in which guards and findings are asked. PURE: an answer asks by the probe that it is given. */
import type { Answer, Check, Checks, Question } from '../kit/pure/checks.ts';
import { mixedVersions, observed, releaseIs, sameCluster, versionIs, versionOnDisk } from '../kit/pure/common-checks.ts';
import * as answers from './answers.ts';
import { roleOf, type ServerFacts, type ServerSeen, unkeptSlots } from './facts.ts';
import * as wrong from './prechecks.ts';
import { postgresqlScheme } from './scheme.ts';
import { followersOf } from './topology.ts';

/** One probe of a server: it is asked once, and checks share the answer. Throws FailureError when it does not answer. */
export interface Sight {
  probe(): Promise<ServerSeen>;
  /** In a session of its own, not used by any probe before: it proves that the server takes new ones. */
  probeAnew(): Promise<ServerSeen>;
  /** What its account may do, asked alone. */
  isSuperuser(): Promise<boolean>;
}

type Ask = (question: Question<Sight>) => Promise<Answer>;

const ofProbe =
  (answer: (seen: ServerSeen, expect: string | null) => Answer): Ask =>
  async ({ seen, expect }) =>
    answer(await seen.probe(), expect);
const ofServer = (answer: (server: ServerFacts, expect: string | null) => Answer): Ask =>
  ofProbe(({ server }, expect) => answer(server, expect));

/** What is not stopped may take a backup or archive slowly. */
const beforeStop = { preflight: true, guard: true, stops: true, clears: 'automatic', answer: 'host' } as const satisfies Check<
  Sight,
  never
>;

export const checks = {
  'needs-reseed': { clears: 'person', wrong: wrong.needingReseed },
  observed,
  /** The member does now what `expect` says: `primary` or `standby`. */
  'role-is': {
    guard: ({ role }) => role,
    answer: ofServer((server, expect) => [roleOf(server) === expect, `it is a ${roleOf(server)}`]),
  },
  'version-is': versionIs<Sight>(async (seen) => {
    const { version, server } = await seen.probe();
    return version ?? server.serverVersion;
  }),
  'release-is': releaseIs,
  /** Accepts sessions, new ones, too; a standby also replays what it streams. */
  'in-service': {
    preflight: true,
    verify: true,
    guard: true,
    clears: 'automatic',
    answer: async ({ seen }) => answers.serving((await seen.probeAnew()).server),
    wrong: wrong.notInService,
  },
  'same-cluster': sameCluster,
  'member-id': { clears: 'person', wrong: wrong.names },
  'two-primaries': { clears: 'person', wrong: wrong.tooManyPrimaries },
  'one-primary': { clears: 'automatic', wrong: wrong.noPrimary },
  'version-on-disk': versionOnDisk,
  'one-major': { clears: 'person', wrong: wrong.majors },
  'mixed-versions': mixedVersions(postgresqlScheme, 'minors'),
  /** Everything that streams from this node does so; a standby itself streams. */
  'replication-streaming': { verify: true, clears: 'automatic', answer: ofServer(answers.allStreaming), wrong: wrong.notStreaming },
  'same-timeline': { clears: 'person', wrong: wrong.otherTimeline },
  'no-ha-manager': { clears: 'person', preflight: true, verify: true, guard: true, answer: 'host' },
  'no-backup-running': beforeStop,
  /** What its archiver has still to do is little, and it gets on with it: a fast stop waits until all of it is archived. */
  'archiver-keeps-up': beforeStop,
  /** No transaction, prepared ones too, is open for longer than `expect` says, in seconds; left out: five minutes. */
  'no-long-transactions': beforeStop,
  /** Everybody who receives WAL or changes from here has nearly all: a fast stop waits until they have everything. */
  'receivers-keep-up': beforeStop,
  'slots-sound': { clears: 'person', preflight: true, guard: true, answer: ofServer(answers.slotsSound), wrong: wrong.slots },
  /** A standby's limits are not below those that its primary had when it wrote the WAL. */
  'settings-not-lower': { clears: 'person', guard: true, answer: 'host', wrong: wrong.lowerSettings },
  /** It could be made a standby: it knows how to log in at another member, and would follow onto new timelines. Only who hands over must. */
  'can-follow': {
    preflight: true,
    judged: 'elsewhere',
    answer: ofProbe(({ followObstacle }) => [followObstacle === null, followObstacle ?? 'it could follow another member']),
  },
  /** What is read of it once it is stopped can be read: its control file, and its settings as its program reads them. */
  'readable-at-rest': { clears: 'person', preflight: true, guard: true, answer: 'host' },
  /** Its WAL did not part from that of the others before the position that it is at: it can follow without a new copy of its data. */
  'needs-no-reseed': { preflight: true, judged: 'elsewhere', atRest: true, answer: 'host' },
  /** Every library that the databases load is in the release folder named by `expect`, or in the current one. */
  'extensions-present': { guard: ({ toRelease }) => toRelease, answer: 'host' },
  /**
   * Stopped now, it would start again from the release folder named by `expect`: configuration, rights and the files that a start needs. The only
   * guard of a rollback: a node that is already in trouble could not pass the others.
   */
  'can-start': { guard: ({ toRelease }) => toRelease, backGuard: ({ fromRelease }) => fromRelease, atRest: true, answer: 'host' },
  /**
   * Those that stream from this node have replayed nearly all of it, and received it where `expect` names them, separated by commas: they
   * replay late on purpose. A standby has replayed what it received.
   */
  'caught-up': {
    guard: (turn) => followersOf(turn).late.join(',') || true,
    clears: 'automatic',
    answer: ofServer(answers.caughtUp),
    wrong: wrong.behind,
  },
  /** The member named by `expect` is in service as this node sees it. */
  'member-in-service': { guard: (turn) => followersOf(turn).prompt, answer: ofServer(answers.memberServing) },
  /** The member named by `expect`, which replays late on purpose, streams from here and has received nearly all of it. */
  'member-receives': { answer: ofServer(answers.memberReceiving) },
  'apply-delay': { severity: 'warn', wrong: wrong.delays },
  /** Commits go on when the standby named by `expect` is out; without `expect`, whichever one standby is out. */
  'sync-satisfiable': { clears: 'person', answer: ofServer(answers.satisfiable), wrong: wrong.synchronous },
  /** A transaction commits, acknowledged as the cluster's settings ask. */
  'write-works': { verify: true, answer: 'host' },
  /** It replayed beyond the stop that the token in `expect` tells of. */
  'has-replayed': { answer: ofProbe(answers.hasReplayed) },
  /** The WAL that it still has reaches back to the position named by `expect`: a member that is there can follow it from there on. */
  'wal-reaches-back': { judged: 'elsewhere', answer: 'host' },
  /** It has no logical slot but those that standbys keep a copy of: nothing of them is lost with its role. */
  'logical-slots-kept': {
    answer: ofServer((server) => {
      const lost = unkeptSlots(server);
      if (lost.length === 0) return [true, 'it has no logical slot that a switchover would lose'];
      return [false, `${lost.join(', ')} would be lost in a switchover: standbys keep no copy of a logical slot without failover`];
    }),
  },
  /** Of the standby that was chosen to take over, with all that its choice went by: `takeOver` tells. */
  'can-take-over': { clears: 'person', wrong: () => [] },
} satisfies Checks<Sight, ServerFacts>;
