/** Verbs and settings of the simulated driver: the rules of the real one, upon what lies on the simulated disk, write by write. */
import { pause } from '../../common/clock.ts';
import type { DriverContext, DriverSettings, DriverVerbs, VerbCall } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import type { MemberAddress } from '../../common/orders.ts';
import { parseStopPoint, printStopPoint, type StopPoint } from '../../engines/postgresql/probe.ts';
import { parseSyncNames } from '../../engines/postgresql/switchover/sync-names.ts';
import { verbs } from '../../engines/postgresql/verbs.ts';
import { lsnDistance } from '../../engines/postgresql/wal.ts';
import { databaseId, type PostgresTwin, type Server, unit } from './postgres.ts';
import { lsnOf } from './wal.ts';

/** A change of the disk or of the server, with a moment before and after at which the agent can die. */
export type Write = (name: string, change: () => void) => Promise<void>;

const probeAgainMs = 20;
const promoteMs = 60_000;
const syncNames = 'synchronous-standby-names';

const nobody = (server: Server) => fail('unreachable', 'not-listening', `${server.name}: nothing listens there`, { remedy: 'retry' });

export class ActsTwin implements DriverVerbs {
  readonly schemas = verbs;
  readonly #cluster: PostgresTwin;
  readonly #write: Write;

  constructor(cluster: PostgresTwin, write: Write) {
    this.#cluster = cluster;
    this.#write = write;
  }

  async act(context: DriverContext, { verb, args, token }: VerbCall): Promise<{ readonly token: string | null }> {
    const server = this.#cluster.server(context.settings.instance);
    switch (verb) {
      case 'fence':
        return { token: await this.#fence(server, verbs.fence.parse(args).follow) };
      case 'unfence':
        await this.#unfence(server);
        break;
      case 'promote':
        await this.#promote(context, server, token);
        break;
      case 'repoint':
        await this.#repoint(server, verbs.repoint.parse(args).follow);
        break;
      default:
        break;
    }
    return { token: null };
  }

  async acted(context: DriverContext, { verb: check, token }: VerbCall) {
    if (check !== 'promote') return { check, ok: null, detail: 'it can be done again' };
    const stop = token === null ? null : parseStopPoint(token);
    const server = this.#cluster.server(context.settings.instance);
    if (stop === null) return { check, ok: false, detail: 'nothing was promoted' };
    const endMs = context.clock.monotonicMs() + promoteMs;
    while (server.lifetime.promoting || this.#cluster.version(server) === null) {
      if (context.signal.aborted || context.clock.monotonicMs() > endMs) return { check, ok: null, detail: 'nobody can tell' };
      await pause(context.clock, probeAgainMs, context.signal);
    }
    const isPrimary = !server.lifetime.inRecovery && server.disk.wal.timeline.number > stop.timeline;
    return { check, ok: isPrimary, detail: isPrimary ? 'it is the primary' : 'it is a standby' };
  }

  /** Note, settings, signal: each durable before the next. */
  async #fence(server: Server, { host }: MemberAddress): Promise<string> {
    const { disk, name } = server;
    if (server.host.runs(unit) !== null) throw fail('refused', 'not-stopped', `${name}: it runs`);
    const token = tokenOf(server);
    if (disk.signal && disk.fence?.token !== token) {
      if (disk.fence !== null && disk.follows === host) return disk.fence.token;
      throw fail('refused', 'already-standby', `${name}: a standby is repointed, not fenced`);
    }
    if (token === null) throw fail('refused', 'not-shut-down', `${name}: it was not stopped cleanly as a primary`);
    const fence = disk.fence?.token === token ? disk.fence : { token, follows: disk.follows, signal: disk.signal };
    await this.#write('fence note', () => Object.assign(disk, { fence }));
    await this.#write('primary_conninfo', () => Object.assign(disk, { follows: host }));
    await this.#write('standby.signal', () => Object.assign(disk, { signal: true }));
    if (server.host.runs(unit) === null && tokenOf(server) === token) return token;
    await this.#takeBack(server);
    throw fail('failed', 'started-meanwhile', `${name}: it was started while it was being fenced`);
  }

  async #unfence(server: Server): Promise<void> {
    const { fence, signal } = server.disk;
    if (fence === null) return;
    const isInUse = signal && (server.host.runs(unit) !== null || tokenOf(server) !== fence.token);
    if (isInUse) throw fail('refused', 'fence-in-use', `${server.name}: it was started as a standby since it was fenced`);
    await this.#takeBack(server);
  }

  async #takeBack({ disk }: Server): Promise<void> {
    const { fence } = disk;
    if (fence === null) return;
    await this.#write('prior primary_conninfo', () => Object.assign(disk, { follows: fence.follows }));
    await this.#write('no standby.signal', () => Object.assign(disk, { signal: false }));
    await this.#write('no fence note', () => Object.assign(disk, { fence: null }));
  }

  async #promote(context: DriverContext, server: Server, token: string | null): Promise<void> {
    const stop = token === null ? null : parseStopPoint(token);
    if (stop === null) throw fail('refused', 'no-token', `${server.name}: nobody said where the former primary stopped`);
    if ((await this.#untilReplayed(context, server, stop)) === 'standby') {
      const { lifetime } = server;
      await this.#write('promote request', () => this.#cluster.promote(server));
      const endMs = context.clock.monotonicMs() + promoteMs;
      while (lifetime.promoting && server.lifetime === lifetime && this.#cluster.version(server) !== null) {
        if (context.clock.monotonicMs() > endMs) throw fail('failed', 'not-promoted', `${server.name}: its recovery did not end`);
        await pause(context.clock, probeAgainMs);
      }
      if (server.lifetime !== lifetime || this.#cluster.version(server) === null) throw nobody(server);
    }
    await this.#write('no fence note', () => Object.assign(server.disk, { fence: null }));
  }

  async #untilReplayed(context: DriverContext, server: Server, stop: StopPoint): Promise<'standby' | 'primary'> {
    for (;;) {
      if (this.#cluster.version(server) === null) throw nobody(server);
      const { wal } = server.disk;
      const { number } = wal.timeline;
      const { inRecovery } = server.lifetime;
      if (inRecovery ? number !== stop.timeline : number <= stop.timeline)
        throw fail(
          'refused',
          'cannot-promote',
          `${server.name}: it is on timeline ${number}, the former primary stopped on ${stop.timeline}`,
        );
      if (!inRecovery) return 'primary';
      const isBeyond = lsnDistance(stop.lsn, lsnOf(wal.end)) > 0;
      if (isBeyond && !this.#cluster.streams(server)) return 'standby';
      await pause(context.clock, probeAgainMs, context.signal);
      if (context.signal.aborted)
        throw fail('refused', 'not-replayed', `${server.name}: it did not come to where the former primary stopped`, { remedy: 'retry' });
    }
  }

  async #repoint(server: Server, { host }: MemberAddress): Promise<void> {
    if (this.#cluster.version(server) === null) throw nobody(server);
    if (!server.lifetime.inRecovery) throw fail('refused', 'not-a-standby', `${server.name}: it is a primary`);
    if (server.disk.follows !== host) await this.#write('primary_conninfo', () => this.#cluster.pointTo(server, host));
  }
}

export function settingsTwin(cluster: PostgresTwin, write: Write): DriverSettings {
  const serverOf = ({ settings }: DriverContext): Server => {
    const server = cluster.server(settings.instance);
    if (cluster.version(server) === null) throw nobody(server);
    return server;
  };
  return {
    keys: [syncNames],
    async set(context, key, value) {
      const { disk, name } = serverOf(context);
      if (parseSyncNames(value) === null) throw fail('refused', 'bad-value', `${name}: ${key} cannot be '${value}'`);
      const noted = disk.effects[key];
      const prior = noted?.set === value && disk.ownSyncNames === value ? noted.prior : disk.ownSyncNames;
      await write('effect note', () => Object.assign(disk, { effects: { ...disk.effects, [key]: { prior, set: value } } }));
      await write('setting', () => Object.assign(disk, { ownSyncNames: value }));
      return { key, prior, set: value };
    },
    async unset(context, { key, prior, set }) {
      const { disk } = serverOf(context);
      const isOurs = disk.ownSyncNames === set;
      if (isOurs) await write('prior setting', () => Object.assign(disk, { ownSyncNames: prior }));
      await write('no effect note', () => Object.assign(disk, { effects: {} }));
      return { check: key, ok: true, detail: isOurs ? 'it is what it was' : 'what somebody else set stays' };
    },
  };
}

/** null: it was not stopped cleanly as a primary. */
function tokenOf({ disk }: Server): string | null {
  const { wal, shutDown } = disk;
  return shutDown ? printStopPoint({ lsn: lsnOf(wal.end - 1), timeline: wal.timeline.number, systemId: databaseId }) : null;
}
