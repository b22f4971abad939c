/** Looks at an instance: the engine's own view by the driver, and what the agent itself knows of incarnation, releases and space. */
import type { Clock } from '../common/clock.ts';
import type { DriverContext } from '../common/engine.ts';
import type { Incarnation, NodeFacts } from '../common/facts.ts';
import type { Host } from './host/host.ts';
import type { Instance } from './instance.ts';

export interface Lookout {
  readonly host: Host;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a driver call gets; made afresh for each, for which release is current may have changed. */
export async function contextOf(lookout: Lookout, instance: Instance): Promise<DriverContext> {
  const { current } = await lookout.host.releasesSeen(instance.settings.releasesDir);
  return contextWith(lookout, instance, current);
}

/** The same where the current release was looked at just now. */
export function contextWith({ host, clock, signal }: Lookout, { settings }: Instance, current: string | null): DriverContext {
  return { settings, host, clock, signal, currentRelease: current === null ? null : host.releasePath(settings.releasesDir, current) };
}

/** The running life of the instance's unit; null: it does not run. */
export async function incarnationOf(host: Host, instance: Instance): Promise<Incarnation | null> {
  const { active, invocationId } = await host.unitState(instance.settings.unit);
  return active && invocationId !== null ? { bootId: await host.bootId(), invocationId } : null;
}

/** Throws FailureError when the host cannot be looked at; a database that does not answer is a fact, not a failure. */
export async function observeNode(
  { host, clock, signal }: Lookout,
  instance: Instance,
  checks: readonly string[],
  nonce: string | null,
): Promise<NodeFacts> {
  const { settings, driver } = instance;
  const before = await incarnationOf(host, instance);
  const seen = await driver.observe(await contextOf({ host, clock, signal }, instance), checks);
  const after = await incarnationOf(host, instance);
  const releases = await host.releasesSeen(settings.releasesDir);
  // A restart in the middle of the look: what was answered belongs to neither life, so no incarnation vouches for it.
  const sameLife = before?.invocationId === after?.invocationId && before?.bootId === after?.bootId;
  return {
    instance: settings.instance,
    nonce,
    observedAtMs: clock.wallMs(),
    incarnation: sameLife ? after : null,
    databaseId: seen.databaseId,
    memberId: seen.memberId,
    version: { running: seen.runningVersion, onDisk: seen.onDiskVersion, format: seen.format },
    role: seen.role,
    inService: seen.inService && sameLife && after !== null,
    peers: seen.peers,
    release: releases,
    space: { releases: await host.space(settings.releasesDir), data: await host.space(settings.dataDir) },
    findings: seen.findings,
    detail: seen.detail,
  };
}
