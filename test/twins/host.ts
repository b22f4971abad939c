/**
 * A host in memory: units with incarnations, release folders, space, reboots. It behaves like the machine behind the Host port, keeps
 * count of what was done to it, and writes down every breach of a promise that only the host can see.
 */
import { createHash } from 'node:crypto';
import type {
  Host,
  HostFacts,
  JobState,
  LogEnd,
  LogMark,
  LogWanted,
  PartialFile,
  ReleasesSeen,
  RemainsKind,
  Reservation,
  RestoreStage,
  SpaceWanted,
  StartMark,
  UnitState,
} from '../../agent/host/host.ts';
import type { CopyWatch } from '../../agent/host/trees.ts';
import type { SnapshotManifest } from '../../agent/snapshots/manifest.ts';
import { type Clock, pause } from '../../common/clock.ts';
import type { CommandResult, JobCommand, MeasureCopy, SnapshotPlace } from '../../common/driver.ts';
import type { Space } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import { JobsTwin } from './jobs.ts';
import { ShelfTwin } from './shelf.ts';

/** How a release behaves when a unit is started with it. */
export type Fate = 'sound' | 'exits-at-start' | 'never-ready';

interface UnitTwin {
  readonly releasesDir: string;
  active: boolean;
  invocationId: string | null;
  /** Release that the running life was started with. */
  release: string | null;
  /** From when on what was started answers, by the monotonic clock. */
  readyAtMs: number;
  /** Does not end when it is asked to. */
  stopHangs: boolean;
  /** Its last life ended because it was asked to, and came to its end. */
  endedInOrder: boolean;
}

interface FolderTwin {
  readonly complete: Map<string, string>;
  readonly unpacked: Set<string>;
  readonly partials: Map<string, Buffer>;
  current: string | null;
  previous: string | null;
}

export type CallHook = (call: { readonly name: string; readonly when: 'before' | 'after'; readonly detail: string }) => void;

export interface HostTwinOptions {
  readonly clock: Clock;
  readonly stopMs?: number;
  readonly startMs?: number;
  readonly facts?: HostFacts;
}

export class HostTwin implements Host {
  readonly units = new Map<string, UnitTwin>();
  readonly folders = new Map<string, FolderTwin>();
  readonly fates = new Map<string, Fate>();
  /** Flags of the newest start that an agent made, by unit. */
  readonly startedWith = new Map<string, readonly string[]>();
  /** No unit takes flags. */
  flagless = false;
  readonly shelf = new ShelfTwin();
  readonly jobs: JobsTwin;
  /** Acts that took effect: `stop pg-1`, `start pg-1 16.4`, `activate 16.14`. */
  readonly effects: string[] = [];
  /** Breaches of P7, seen at the moment of the act. */
  readonly breaches: string[] = [];
  readonly stopMs: number;
  readonly startMs: number;
  free: Space = { freeBytes: 1e12, freeInodes: 1e6 };
  /** Of that, what no copy may take. */
  spare: Space = { freeBytes: 0, freeInodes: 0 };
  /** Units that a boot starts by itself, unless they are held. */
  autostart = true;
  readonly holds = new Set<string>();
  /** What the programs wrote, by file: that of a unit is `/log/UNIT`. */
  readonly logs = new Map<string, string>();
  /** Of these, what the agent may not read. */
  readonly secretLogs = new Set<string>();
  /** What a release adds to its logs whenever it is started, by release and file. */
  readonly logsAtStart = new Map<string, Readonly<Record<string, string>>>();
  /** What runs the units here knows nothing of start locks. */
  fenceless = false;
  /** Called around every port call; may throw, to kill the caller. */
  onCall: CallHook = () => {};
  readonly #clock: Clock;
  readonly #facts: HostFacts;
  #boots = 1;
  #incarnations = 0;

  constructor(options: HostTwinOptions) {
    this.#clock = options.clock;
    this.jobs = new JobsTwin(options.clock);
    this.#facts = options.facts ?? { os: 'debian:12', arch: 'x64' };
    this.stopMs = options.stopMs ?? 50;
    this.startMs = options.startMs ?? 100;
  }

  /** A unit that runs `release`, which is complete and current in its folder. */
  addUnit(unit: string, releasesDir: string, release: string): void {
    this.folders.set(releasesDir, {
      complete: new Map([[release, 'by hand']]),
      unpacked: new Set(),
      partials: new Map(),
      current: release,
      previous: null,
    });
    this.units.set(unit, {
      releasesDir,
      active: false,
      invocationId: null,
      release: null,
      readyAtMs: 0,
      stopHangs: false,
      endedInOrder: false,
    });
    this.#launch(unit);
    this.#unit(unit).readyAtMs = this.#clock.monotonicMs();
    this.effects.length = 0;
  }

  install(releasesDir: string, release: string): void {
    this.#folder(releasesDir).complete.set(release, `installed ${release}`);
  }

  /** The database ends by itself, or somebody kills it. */
  crashUnit(unit: string): void {
    Object.assign(this.#unit(unit), { active: false, release: null });
  }

  reboot(): void {
    this.#boots += 1;
    this.jobs.loseAll();
    for (const [name, unit] of this.units) {
      Object.assign(unit, { active: false, release: null });
      if (this.autostart && !this.holds.has(name)) this.#launch(name);
    }
    this.effects.push('reboot');
  }

  /** Release that the unit really runs; null: none. */
  runs(unit: string): string | null {
    return this.#unit(unit).release;
  }

  /** Release that answers to clients; null: none does. */
  serves(unit: string): string | null {
    const { release, readyAtMs } = this.#unit(unit);
    return release !== null && this.fates.get(release) !== 'never-ready' && this.#clock.monotonicMs() >= readyAtMs ? release : null;
  }

  // ---- Units ----------------------------------------------------------------------------------------------------

  bootId(): Promise<string> {
    return this.#call('bootId', '', async () => `boot-${this.#boots}`);
  }

  unitState(unit: string): Promise<UnitState> {
    return this.#call('unitState', unit, async () => {
      const { active, invocationId } = this.#unit(unit);
      return { active, invocationId, pid: active ? 4242 : null };
    });
  }

  startUnit(unit: string, _timeoutMs: number, flags: readonly string[] = []): Promise<void> {
    return this.#call('startUnit', unit, async () => {
      if (this.#unit(unit).active) return;
      this.startedWith.set(unit, flags);
      this.#launch(unit);
    });
  }

  verifyStartFlags(unit: string): Promise<void> {
    return this.#call('verifyStartFlags', unit, async () => {
      if (this.flagless) throw fail('refused', 'no-start-flags', `unit ${unit} would be started without its one-shot flags`);
    });
  }

  /** By anybody but the agent. Throws `held`. */
  startByHand(unit: string): void {
    if (this.holds.has(unit)) throw fail('refused', 'held', `unit ${unit} is held`);
    if (!this.#unit(unit).active) this.#launch(unit);
  }

  verifyStartLock(unit: string): Promise<void> {
    return this.#call('verifyStartLock', unit, async () => {
      if (this.fenceless) throw fail('refused', 'no-start-lock', `unit ${unit} has no working start lock`);
    });
  }

  lockUnit(unit: string): Promise<void> {
    return this.#call('lockUnit', unit, async () => void this.holds.add(unit));
  }

  unlockUnit(unit: string): Promise<void> {
    return this.#call('unlockUnit', unit, async () => void this.holds.delete(unit));
  }

  unitLogFile(unit: string): Promise<string | null> {
    return this.#call('unitLogFile', unit, async () => `/log/${unit}`);
  }

  unitLog(unit: string, start: StartMark | null): Promise<LogEnd | null> {
    const path = `/log/${unit}`;
    const mark = start?.logs.find((log) => log.path === path) ?? null;
    return this.#call('unitLog', unit, async () => ({ place: path, text: mark === null ? null : this.#logSince(mark) }));
  }

  markLog(path: string): Promise<LogMark> {
    return this.#call('markLog', path, async () => ({ path, inode: '1', bytes: this.logs.get(path)?.length ?? 0 }));
  }

  logSince({ path, mark }: LogWanted): Promise<string | null> {
    return this.#call('logSince', path, async () => {
      if (mark === null) return this.logs.get(path) ?? null;
      const text = this.#logSince(mark);
      return text !== '' && this.secretLogs.has(path) ? null : text;
    });
  }

  #logSince({ path, bytes }: LogMark): string {
    return (this.logs.get(path) ?? '').slice(bytes);
  }

  lockedUnits(): Promise<readonly string[]> {
    return this.#call('lockedUnits', '', async () => [...this.holds]);
  }

  stopUnit(unit: string, timeoutMs: number): Promise<void> {
    return this.#call('stopUnit', unit, async () => {
      const found = this.#unit(unit);
      if (!found.active) return;
      const boot = this.#boots;
      await pause(this.#clock, found.stopHangs ? timeoutMs : this.stopMs);
      if (boot !== this.#boots) throw fail('unreachable', 'units-unreachable', 'the host went down', { remedy: 'retry' });
      if (found.stopHangs) throw fail('timeout', 'stop-timeout', `unit ${unit} is still running ${timeoutMs} ms after systemctl stop`);
      // It was killed while it was stopping.
      if (!found.active) return;
      Object.assign(found, { active: false, release: null, endedInOrder: true });
      this.effects.push(`stop ${unit}`);
    });
  }

  // ---- Jobs -----------------------------------------------------------------------------------------------------

  startJob(id: string, command: JobCommand): Promise<void> {
    return this.#call('startJob', id, async () => this.jobs.start(id, command));
  }

  jobState(id: string): Promise<JobState> {
    return this.#call('jobState', id, async () => this.jobs.state(id));
  }

  jobOutput(id: string): Promise<string> {
    return this.#call('jobOutput', id, async () => this.jobs.jobs.get(id)?.output ?? '');
  }

  endJob(id: string): Promise<void> {
    return this.#call('endJob', id, () => this.jobs.end(id));
  }

  forgetJob(id: string): Promise<void> {
    return this.#call('forgetJob', id, async () => {
      if (this.jobs.state(id).kind === 'running') this.breaches.push(`job ${id} was forgotten while it was running`);
      this.jobs.jobs.delete(id);
    });
  }

  jobsSeen(): Promise<readonly string[]> {
    return this.#call('jobsSeen', '', async () => [...this.jobs.jobs.keys()]);
  }

  // ---- Releases -------------------------------------------------------------------------------------------------

  releasesSeen(releasesDir: string): Promise<ReleasesSeen> {
    return this.#call('releasesSeen', releasesDir, async () => {
      const { complete, current, previous } = this.#folder(releasesDir);
      return {
        current: current !== null && complete.has(current) ? current : null,
        previous: previous !== null && previous !== current && complete.has(previous) ? previous : null,
        installed: [...complete.keys()].sort(),
      };
    });
  }

  releasePath(releasesDir: string, release: string): string {
    return `${releasesDir}/${release}`;
  }

  adoptCurrent(releasesDir: string): Promise<void> {
    return this.#call('adoptCurrent', releasesDir, async () => {});
  }

  activateRelease(releasesDir: string, release: string, previous: string | null): Promise<void> {
    return this.#call('activateRelease', release, async () => {
      const folder = this.#folder(releasesDir);
      if (!folder.complete.has(release))
        throw fail('refused', 'release-incomplete', `release ${release} is not complete in ${releasesDir}`);
      for (const [name, unit] of this.units)
        if (unit.releasesDir === releasesDir && unit.active) this.breaches.push(`${release} was activated while ${name} was running`);
      Object.assign(folder, { current: release, previous });
      this.effects.push(`activate ${release}`);
    });
  }

  removeRelease(releasesDir: string, release: string): Promise<void> {
    return this.#call('removeRelease', release, async () => {
      const folder = this.#folder(releasesDir);
      if (folder.current === release) throw fail('refused', 'release-in-use', `release ${release} is current`);
      if (folder.complete.delete(release)) this.effects.push(`remove ${release}`);
    });
  }

  openPartial(releasesDir: string, digest: string): Promise<PartialFile> {
    return this.#call('openPartial', digest, async () => {
      const { partials } = this.#folder(releasesDir);
      const already = partials.get(digest) ?? Buffer.alloc(0);
      partials.set(digest, already);
      return {
        offset: already.length,
        write: async (piece: Uint8Array) => {
          if (piece.length > this.free.freeBytes) throw fail('failed', 'space-short', `no space left while writing ${digest}`);
          this.free = { ...this.free, freeBytes: this.free.freeBytes - piece.length };
          partials.set(digest, Buffer.concat([partials.get(digest) ?? Buffer.alloc(0), piece]));
        },
        close: async () => {
          const bytes = partials.get(digest) ?? Buffer.alloc(0);
          return { sizeBytes: bytes.length, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
        },
      };
    });
  }

  dropPartial(releasesDir: string, digest: string): Promise<void> {
    return this.#call('dropPartial', digest, async () => void this.#folder(releasesDir).partials.delete(digest));
  }

  unpackRelease(releasesDir: string, release: string, _digests: readonly string[]): Promise<string> {
    return this.#call('unpackRelease', release, async () => {
      this.#folder(releasesDir).unpacked.add(release);
      return this.releasePath(releasesDir, release);
    });
  }

  dropUnpacked(releasesDir: string, release: string): Promise<void> {
    return this.#call('dropUnpacked', release, async () => void this.#folder(releasesDir).unpacked.delete(release));
  }

  completeRelease(releasesDir: string, release: string, bundleDigest: string): Promise<void> {
    return this.#call('completeRelease', release, async () => {
      const folder = this.#folder(releasesDir);
      if (!folder.unpacked.delete(release)) throw fail('failed', 'not-unpacked', `${release} was not unpacked`);
      folder.complete.set(release, bundleDigest);
      this.effects.push(`complete ${release}`);
    });
  }

  bundleDigestOf(releasesDir: string, release: string): Promise<string | null> {
    return this.#call('bundleDigestOf', release, async () => this.#folder(releasesDir).complete.get(release) ?? null);
  }

  // ---- Snapshots ------------------------------------------------------------------------------------------------

  snapshotsSeen(_snapshotsDir: string): Promise<readonly SnapshotManifest[]> {
    return this.#call('snapshotsSeen', '', async () => [...this.shelf.snapshots.values()]);
  }

  snapshotPath(snapshotsDir: string, id: string): string {
    return `${snapshotsDir}/${id}/content`;
  }

  remainsPath(snapshotsDir: string, id: string, kind: RemainsKind): string {
    return `${snapshotsDir}/${id}.${kind}`;
  }

  snapshotRemains(_snapshotsDir: string) {
    return this.#call('snapshotRemains', '', async () => [...this.shelf.remains.values()]);
  }

  makeRemains(snapshotsDir: string, id: string, kind: RemainsKind): Promise<string> {
    return this.#call('makeRemains', id, async () => {
      const path = this.remainsPath(snapshotsDir, id, kind);
      this.shelf.remains.set(`${id}.${kind}`, { id, kind, path });
      return path;
    });
  }

  dropRemains(_snapshotsDir: string, id: string, kind: RemainsKind): Promise<void> {
    return this.#call('dropRemains', id, async () => void this.shelf.remains.delete(`${id}.${kind}`));
  }

  copyNeed(_toFolder: string): MeasureCopy {
    return () => this.#call('copyNeed', '', async () => ({ bytes: this.shelf.treeBytes, inodes: 10, method: 'copy' as const }));
  }

  copyTree(_from: string, to: string, _within: string, watch: CopyWatch): Promise<void> {
    return this.#call('copyTree', to, async () => {
      if (this.shelf.copyFails) throw fail('failed', 'space-short', `no space left while writing ${to}`);
      if (this.shelf.copyHangs) {
        await new Promise((resolve) => watch.signal.addEventListener('abort', resolve, { once: true }));
        throw fail('failed', 'aborted', `copying to ${to} was cancelled`, { remedy: 'retry' });
      }
      watch.onBytes(this.shelf.treeBytes);
    });
  }

  listPartial(_snapshotsDir: string, id: string) {
    return this.#call('listPartial', id, async () => ({ bytes: this.shelf.treeBytes, files: 9, listDigest: `sha256:list of ${id}` }));
  }

  checkFiles(_snapshotsDir: string, id: string): Promise<string | null> {
    return this.#call('checkFiles', id, async () => (this.shelf.damaged.has(id) ? 'the content of base/1/1259 was changed' : null));
  }

  completeSnapshot(_snapshotsDir: string, manifest: SnapshotManifest): Promise<void> {
    return this.#call('completeSnapshot', manifest.id, async () => {
      this.shelf.remains.delete(`${manifest.id}.partial`);
      this.shelf.snapshots.set(manifest.id, manifest);
      this.effects.push(`snapshot ${manifest.id}`);
    });
  }

  keepSnapshot(_snapshotsDir: string, id: string, expiresAtMs: number): Promise<void> {
    return this.#call('keepSnapshot', id, async () => {
      const manifest = this.shelf.snapshots.get(id);
      if (manifest !== undefined) this.shelf.snapshots.set(id, { ...manifest, expiresAtMs });
    });
  }

  removeSnapshot(_snapshotsDir: string, id: string): Promise<void> {
    return this.#call('removeSnapshot', id, async () => void this.shelf.snapshots.delete(id));
  }

  reserve(path: string, { what, bytes, inodes, spare }: SpaceWanted): Promise<Reservation> {
    return this.#call('reserve', path, async () => {
      const { freeBytes, freeInodes } = await (spare ? this.room(path) : this.space(path));
      if (freeBytes >= bytes && freeInodes >= inodes) return { used: () => {}, release: () => {} };
      const free = `only ${freeBytes} and ${freeInodes} are free`;
      throw fail('refused', 'space-short', `${what} in ${path} needs ${bytes} bytes and ${inodes} inodes, ${free}`);
    });
  }

  // ---- Restores -------------------------------------------------------------------------------------------------

  restoreStage(_snapshotsDir: string, name: string): Promise<RestoreStage> {
    return this.#call('restoreStage', name, async () => this.shelf.restores.get(name)?.stage ?? 'none');
  }

  copyBeside(_snapshotsDir: string, name: string, id: string, places: readonly SnapshotPlace[]): Promise<string> {
    return this.#call('copyBeside', name, async () => {
      if (this.shelf.copyFails) throw fail('failed', 'space-short', `no space left while copying ${id}`);
      this.shelf.restores.set(name, { stage: 'copying', id, places });
      return `${places[0]?.path}.drydock-${name}.new`;
    });
  }

  sealBeside(_snapshotsDir: string, name: string): Promise<void> {
    return this.#call('sealBeside', name, async () => this.#moveRestore(name, 'beside'));
  }

  moveIntoPlace(_snapshotsDir: string, name: string): Promise<readonly string[]> {
    return this.#call('moveIntoPlace', name, async () => {
      const { stage, id, places } = this.#restore(name);
      if (stage !== 'in-place') {
        this.#breachIfRunning('data were moved');
        this.#moveRestore(name, 'moving');
        await this.#call('moving', name, async () => {});
        for (const { path } of places) this.shelf.contents.set(path, id);
        this.#moveRestore(name, 'in-place');
        this.effects.push(`restore ${id}`);
      }
      return places.map(({ path }) => `${path}.drydock-${name}`);
    });
  }

  moveBack(_snapshotsDir: string, name: string): Promise<void> {
    return this.#call('moveBack', name, async () => {
      const stage = this.shelf.restores.get(name)?.stage ?? 'none';
      if (stage === 'moving' || stage === 'in-place' || stage === 'returning') {
        this.#breachIfRunning('data were moved back');
        this.#moveRestore(name, 'returning');
        await this.#call('returning', name, async () => {});
        for (const { path } of this.#restore(name).places) this.shelf.contents.set(path, 'live');
        this.effects.push('put data back');
      }
      this.shelf.restores.delete(name);
    });
  }

  restoresSeen(_snapshotsDir: string, _dataDir: string): Promise<readonly string[]> {
    return this.#call('restoresSeen', '', async () => [...this.shelf.restores.keys()]);
  }

  forgetRestore(_snapshotsDir: string, name: string): Promise<void> {
    return this.#call('forgetRestore', name, async () => void this.shelf.restores.delete(name));
  }

  #restore(name: string) {
    const restore = this.shelf.restores.get(name);
    if (restore === undefined) throw fail('failed', 'restore-unknown', `nothing is known of a restore ${name}`);
    return restore;
  }

  #moveRestore(name: string, stage: RestoreStage): void {
    this.#restore(name).stage = stage;
  }

  #breachIfRunning(what: string): void {
    for (const [name, unit] of this.units) if (unit.active) this.breaches.push(`${what} while ${name} was running`);
  }

  // ---- The rest -------------------------------------------------------------------------------------------------

  hostFacts(): Promise<HostFacts> {
    return this.#call('hostFacts', '', async () => this.#facts);
  }

  space(path: string): Promise<Space> {
    return this.#call('space', path, async () => this.free);
  }

  deviceOf(path: string): Promise<number> {
    return this.#call('deviceOf', path, async () => 1);
  }

  room(path: string): Promise<Space> {
    return this.#call('room', path, async () => {
      const { freeBytes, freeInodes } = this.free;
      return { freeBytes: Math.max(0, freeBytes - this.spare.freeBytes), freeInodes: Math.max(0, freeInodes - this.spare.freeInodes) };
    });
  }

  run(argv: readonly [string, ...string[]]): Promise<CommandResult> {
    return this.#call('run', argv.join(' '), async () => ({ exitCode: 127, stdout: '', stderr: 'a twin runs no commands' }));
  }

  readText(path: string): Promise<string | null> {
    return this.#call('readText', path, async () => this.texts.get(path) ?? null);
  }

  readBytes(path: string, fromByte: number, maxBytes: number): Promise<Uint8Array | null> {
    return this.#call('readBytes', path, async () => {
      const text = this.texts.get(path);
      return text === undefined ? null : Buffer.from(text).subarray(fromByte, fromByte + maxBytes);
    });
  }

  /** Files that a driver wrote, by path. */
  readonly texts = new Map<string, string>();

  writeText(path: string, text: string): Promise<void> {
    return this.#call('writeText', path, async () => void this.texts.set(path, text));
  }

  replaceText(path: string, text: string): Promise<void> {
    return this.#call('replaceText', path, async () => void this.texts.set(path, text));
  }

  removeFile(path: string): Promise<void> {
    return this.#call('removeFile', path, async () => void this.texts.delete(path));
  }

  writeObstacle(path: string): Promise<string | null> {
    return this.#call('writeObstacle', path, async () => null);
  }

  listDir(path: string): Promise<readonly string[] | null> {
    return this.#call('listDir', path, async () => null);
  }

  async #call<T>(name: string, detail: string, act: () => Promise<T>): Promise<T> {
    this.onCall({ name, when: 'before', detail });
    const answer = await act();
    this.onCall({ name, when: 'after', detail });
    return answer;
  }

  #launch(name: string): void {
    const unit = this.#unit(name);
    const { current, complete } = this.#folder(unit.releasesDir);
    if (current === null || !complete.has(current)) {
      this.breaches.push(`${name} was started without one complete release`);
      return;
    }
    if (this.shelf.isHalf()) this.breaches.push(`${name} was started on half of a data directory`);
    this.#incarnations += 1;
    unit.endedInOrder = false;
    this.effects.push(`start ${name} ${current}`);
    for (const [path, text] of Object.entries(this.logsAtStart.get(current) ?? {})) this.logs.set(path, (this.logs.get(path) ?? '') + text);
    const invocationId = `life-${this.#incarnations}`;
    if (this.fates.get(current) === 'exits-at-start') Object.assign(unit, { active: false, invocationId, release: null });
    else Object.assign(unit, { active: true, invocationId, release: current, readyAtMs: this.#clock.monotonicMs() + this.startMs });
  }

  #unit(name: string): UnitTwin {
    const unit = this.units.get(name);
    if (unit === undefined) throw fail('not-found', 'unknown-unit', `unit ${name} is not known on this host`);
    return unit;
  }

  #folder(releasesDir: string): FolderTwin {
    const folder = this.folders.get(releasesDir);
    if (folder === undefined) throw fail('failed', 'releases-unreadable', `${releasesDir} is not there`);
    return folder;
  }
}
