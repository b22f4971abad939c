/** Looks at an instance: the engine's own view by the driver, and what the agent itself knows of incarnation, releases and space. */
import assert from 'node:assert';
import { normalize } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import type { DriverContext, DriverHost, InstanceSettings } from '../../common/driver.ts';
import type { Finding, Incarnation, NodeFacts, RestoreNeed, SnapshotNeed, SnapshotSeen } from '../../common/facts.ts';
import { toFailure } from '../../common/failure.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { Host } from '../host/host.ts';
import { type Instance, snapshotNeedCheck } from '../instance.ts';
import { AgentStopped } from '../lifetime.ts';
import { restoreNeedsOf } from '../snapshots/beside.ts';
import type { Freshness } from './tool-calls.ts';

export interface Vantage {
  readonly host: Host;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a driver call gets; made afresh for each, for which release is current may have changed. */
export async function contextOf(vantage: Vantage, instance: Instance, freshness: Freshness = 'now'): Promise<DriverContext> {
  const { current } = await vantage.host.releasesSeen(instance.settings.releasesDir);
  return contextWith(vantage, instance, current, freshness);
}

/** The same where the current release was looked at just now. */
export function contextWith(
  { host, clock, signal }: Vantage,
  { settings, tools }: Instance,
  current: string | null,
  freshness: Freshness = 'now',
): DriverContext {
  const currentRelease = current === null ? null : host.releasePath(settings.releasesDir, current);
  const context: DriverContext = {
    settings,
    host: confined(host, settings),
    clock,
    signal,
    currentRelease,
    tool: (id, call, options = {}) =>
      tools.ask(
        { freshness, release: current },
        id,
        (ends) => call({ ...context, host: confined(tools.host, settings, ends), signal: ends }),
        options,
      ),
  };
  return context;
}

/** What a driver may do here: writing only to files of its own instance. `ends`: with it end the child processes. */
function confined(host: Host, settings: InstanceSettings, ends?: AbortSignal): DriverHost {
  // With what the agent laid beside the data directory, which is to take its place.
  const roots = [`${settings.dataDir}/`, `${settings.dataDir}.drydock-`, `${settings.releasesDir}/`, `${settings.snapshotsDir}/`];
  const own = (path: string): string => {
    const inside = path === settings.configFile || roots.some((root) => normalize(path).startsWith(root));
    assert(inside, `the driver of ${settings.instance} wrote to ${path}, which is not one of its folders`);
    return path;
  };
  return {
    run: (argv, options) => host.run(argv, ends === undefined ? options : { ...options, signal: ends }),
    readText: (path) => host.readText(path),
    readBytes: (path, fromByte, maxBytes) => host.readBytes(path, fromByte, maxBytes),
    listDir: (path) => host.listDir(path),
    writeObstacle: (path) => host.writeObstacle(path),
    unitState: (unit) => host.unitState(unit),
    writeText: async (path, text, mode) => host.writeText(own(path), text, mode),
    replaceText: async (path, text) => host.replaceText(own(path), text),
    removeFile: async (path) => host.removeFile(own(path)),
  };
}

/** The running life of the instance's unit; null: it does not run. */
export async function incarnationOf(host: Host, instance: Instance): Promise<Incarnation | null> {
  const { active, invocationId } = await host.unitState(instance.settings.unit);
  return active && invocationId !== null ? { bootId: await host.bootId(), invocationId } : null;
}

/** What a probe is to tell beyond what every probe does. */
type Asked = Pick<Extract<OrderBody, { kind: 'observe' }>, 'checks' | 'config' | 'requires' | 'restoreRun'>;

/**
 * Throws FailureError when the host cannot be looked at; a database that does not answer is a fact, not a failure. Everything in it was asked
 * after this began; `idly`: what the same incarnation answered within its tools' pauses does, too (P21); `beside`: where its driver
 * says so.
 */
export async function observeNode(
  { host, clock, signal }: Vantage,
  instance: Instance,
  asked: Asked,
  nonce: string | null,
  way: 'now' | 'beside' | 'idly' = 'now',
): Promise<NodeFacts> {
  const { settings, driver, tools } = instance;
  const { mark } = tools;
  const before = await incarnationOf(host, instance);
  const release = await host.releasesSeen(settings.releasesDir);
  const freshness: Freshness = {
    after: way === 'idly' ? 'any' : mark,
    incarnation: before?.invocationId ?? null,
    beside: way === 'beside',
  };
  const context = contextWith({ host, clock, signal }, instance, release.current, freshness);
  const checks = asked.checks.filter((check) => check !== snapshotNeedCheck);
  // The disk beside the database: every order waits for this probe.
  const [seen, snapshots, space] = await Promise.all([
    throwing(() => driver.observe(context, checks)),
    throwing(() => snapshotsOf(host, settings)),
    throwing(() => spaceOf(host, instance)),
  ]);
  const config =
    asked.config === undefined || driver.config === undefined ? null : await driver.config.preview(context, asked.config, asked.requires);
  const need = asked.checks.includes(snapshotNeedCheck) ? await snapshotNeedOf(host, instance, context) : null;
  const restore = asked.restoreRun === undefined ? null : await restoreNeedOf(host, instance, asked.restoreRun);
  const after = await incarnationOf(host, instance);
  // A restart in the middle of the probe: what was answered belongs to neither life, so no incarnation vouches for it.
  const sameIncarnation = before?.invocationId === after?.invocationId && before?.bootId === after?.bootId;
  return {
    instance: settings.instance,
    nonce,
    observedAtMs: clock.wallMs(),
    incarnation: sameIncarnation ? after : null,
    databaseId: seen.databaseId,
    memberId: seen.memberId,
    version: { running: seen.runningVersion, onDisk: seen.onDiskVersion, format: seen.format },
    role: seen.role,
    inService: seen.inService && sameIncarnation && after !== null,
    peers: seen.peers,
    ...(seen.capabilities === undefined ? {} : { capabilities: seen.capabilities }),
    release: { ...release, ...sharedWith(instance) },
    space,
    ...(snapshots.length === 0 ? {} : { snapshots }),
    ...(need?.need === undefined ? {} : { snapshotNeed: need.need }),
    ...(restore?.needs === undefined ? {} : { restoreNeeds: restore.needs }),
    ...(config === null ? {} : { config }),
    findings: [...seen.findings, ...(need === null ? [] : [need.finding]), ...(restore?.findings ?? [])],
    detail: seen.detail,
  };
}

/** Whatever it throws, and when, is thrown by the promise: what was asked beside it is never left alone. */
export async function throwing<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  return ask();
}

async function spaceOf(host: Host, { settings, driver }: Instance): Promise<NodeFacts['space']> {
  const [releases, data] = [await host.space(settings.releasesDir), await host.space(settings.dataDir)];
  return { releases, data, ...(driver.snapshots === undefined ? {} : { snapshots: await host.room(settings.snapshotsDir) }) };
}

async function snapshotsOf(host: Host, { instance, snapshotsDir }: InstanceSettings): Promise<readonly SnapshotSeen[]> {
  const seen = await host.snapshotsSeen(snapshotsDir);
  return seen
    .filter((manifest) => manifest.instance === instance)
    .map(({ id, run, hop, madeAtMs, expiresAtMs, bytes, verified, made: { version, role, position } }) => ({
      id,
      run,
      ...(hop === undefined ? {} : { hop }),
      madeAtMs,
      expiresAtMs,
      bytes,
      version,
      role,
      verified,
      position,
    }));
}

/** What cannot be measured is a finding of its own; the rest of the probe is worth as much without it. */
async function snapshotNeedOf(
  host: Host,
  { settings, driver }: Instance,
  context: DriverContext,
): Promise<{ readonly need?: SnapshotNeed; readonly finding: Finding }> {
  const check = snapshotNeedCheck;
  if (driver.snapshots === undefined) return { finding: { check, ok: null, detail: `${settings.engine} does not support snapshots` } };
  try {
    const need = await driver.snapshots.need(context, host.copyNeed(settings.snapshotsDir));
    return { need, finding: { check, ok: true, detail: `${need.bytes} bytes and ${need.inodes} inodes by ${need.method}` } };
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return { finding: { check, ok: null, detail: toFailure(thrown).message } };
  }
}

/** The same of a snapshot that is to be restored; one that is not there needs nothing. */
async function restoreNeedOf(
  host: Host,
  { settings }: Instance,
  run: string,
): Promise<{ readonly needs?: readonly RestoreNeed[]; readonly findings: readonly Finding[] }> {
  try {
    const needs = await restoreNeedsOf(host, settings, run);
    return { ...(needs === null ? {} : { needs }), findings: [] };
  } catch (thrown) {
    if (thrown instanceof AgentStopped) throw thrown;
    return { findings: [{ check: 'restore-need', ok: null, detail: toFailure(thrown).message }] };
  }
}

/** Left out where its releases folder is its own. */
const sharedWith = ({ sharesReleases }: Instance): Pick<NodeFacts['release'], 'sharedWith'> =>
  sharesReleases.length === 0 ? {} : { sharedWith: sharesReleases.map(({ instance }) => instance) };
