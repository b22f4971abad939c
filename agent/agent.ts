/**
 * The agent, put together from its ports. Everything that it touches is given to it, so that many agents can live in one process on
 * one clock; `stop` drops it hard, and after that nothing of it acts any more.
 */
import type { Clock } from '../common/clock.ts';
import type { Driver } from '../common/driver.ts';
import { FailureError, toFailure } from '../common/failure.ts';
import { type AgentEnd, type AgentMessage, protocolVersion } from '../common/link.ts';
import type { Log } from '../common/log.ts';
import type { Order, Receipt } from '../common/orders.ts';
import { giveBackAtRest } from './at-rest.ts';
import { contextOf, incarnationOf } from './facts/facts.ts';
import { createFactsFeed } from './facts/feed.ts';
import type { Host } from './host/host.ts';
import { announcedWords, createInstances, type Instance } from './instance.ts';
import type { Journal } from './journal/journal.ts';
import { keepJournal } from './journal/retention.ts';
import { beginLifetime, mortal } from './lifetime.ts';
import type { ArtifactSource } from './link/controller-artifacts.ts';
import { Session } from './link/session.ts';
import { createLocalVerbs, type LocalVerbs } from './local/verbs.ts';
import { Executor } from './orders/executor.ts';
import { endLeftJobs, releaseLeftLocks } from './orders/leftovers.ts';
import { type AgentSettings, profileDigest, profileOf } from './settings.ts';
import { createHousekeeping, createSnapshotRemoval } from './snapshots/housekeeping.ts';

export interface AgentParts {
  readonly settings: Pick<AgentSettings, 'host' | 'instances' | 'beatMs'>;
  /** How long orders that are over stay in the journal; left out: for ever. */
  readonly keepOrdersMs?: number;
  readonly version: string;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly host: Host;
  readonly journal: Journal;
  readonly drivers: readonly Driver[];
  readonly artifacts: ArtifactSource;
  /** Opens a stream to the controller; what goes wrong comes as its close. null: live without a controller. */
  readonly connect: (() => AgentEnd) | null;
  /** Gives memory back to the host, in which the agent stands still; asked for when it rests after orders. Left out: it keeps what it has. */
  readonly giveBack?: () => void;
  /** The agent stopped itself because it cannot trust its journal or itself any more. */
  readonly onFatal: (error: unknown) => void;
}

export interface Agent {
  /** Carries on what was begun, then links. Resolves when it is under way. */
  start(): Promise<void>;
  /** Drops everything at once. The journal is the caller's to close. */
  stop(): void;
  /** What people ask for on the host. */
  readonly local: LocalVerbs;
}

/** Throws FailureError when an instance has no driver or malformed connection settings. */
export function createAgent(parts: AgentParts): Agent {
  const lifetime = beginLifetime();
  const { clock, log, settings } = parts;
  const host = mortal(parts.host, lifetime);
  const journal = mortal(parts.journal, lifetime);
  const vantage = { host, clock, signal: lifetime.signal };
  const instances: readonly Instance[] = createInstances(settings.instances, parts.drivers, vantage).map((instance) => ({
    ...instance,
    driver: mortal(instance.driver, lifetime),
  }));
  const waiting = new Map<string, { readonly resolve: (receipt: Receipt) => void; readonly reject: (why: FailureError) => void }>();

  const fatal = (error: unknown) => {
    if (lifetime.signal.aborted) return;
    lifetime.end();
    parts.onFatal(error);
  };

  const executor: Executor = new Executor({
    hostName: settings.host,
    instances,
    host,
    journal,
    clock,
    log,
    lifetime,
    artifacts: parts.artifacts,
    tell: (message) => session?.tell(message),
    ended(receipt) {
      // The report first: news of a node makes the controller look at the others, and the receipt would wait for that.
      session?.report();
      if (receipt.facts !== null) session?.tell({ type: 'facts', facts: receipt.facts });
      waiting.get(receipt.orderId)?.resolve(receipt);
      waiting.delete(receipt.orderId);
      void endLeftJobs({ host, journal, log });
      orderEnded();
    },
    notBegun(orderId, why) {
      waiting.get(orderId)?.reject(new FailureError(why));
      waiting.delete(orderId);
    },
    fatal,
  });

  const { giveBack } = parts;
  const isBusy = () => executor.underWay().length > 0;
  const orderEnded = giveBack === undefined ? () => {} : giveBackAtRest({ clock, signal: lifetime.signal, isBusy, giveBack });

  const feed = createFactsFeed({
    ...vantage,
    log,
    instances,
    isBusy: (instance) => executor.inDowntime(instance),
    isConnected: () => session?.connected === true,
    tell: (facts) => session?.tell({ type: 'facts', facts }),
  });

  const housekeeping = createHousekeeping({ ...vantage, log, instances, journal });
  const removeSnapshot = createSnapshotRemoval({
    instances,
    housekeeping,
    obeyClaim: (what, claim) => executor.obeyClaim(what, claim),
    tell: (message) => session?.tell(message),
    log,
  });

  const session: Session | null =
    parts.connect === null
      ? null
      : new Session({
          connect: parts.connect,
          hello: () => makeHello(parts.version, settings.host, instances, { host, journal, clock, signal: lifetime.signal }),
          journal,
          clock,
          random: parts.random,
          log,
          lifetime,
          beatMs: settings.beatMs,
          onOrder: (order: Order) => executor.receive(order),
          onCancel: (orderId) => executor.cancel(orderId),
          onRemoveSnapshot: (asked) => removeSnapshot(asked),
          onWelcome: () => feed.tellAll(),
          onBeat: () => feed.probe(),
          onLost: () => executor.linkLost(),
          fatal,
        });

  return {
    async start() {
      executor.resume();
      await releaseLeftLocks({ host, journal, instances, log });
      await endLeftJobs({ host, journal, log });
      for (const instance of instances) await adopt(host, instance, log);
      // Before any order can come that would want the same folders.
      await housekeeping.start();
      keepJournal({
        ...{ journal, clock, log, signal: lifetime.signal },
        instances: instances.map((instance) => instance.settings.instance),
        keepMs: parts.keepOrdersMs ?? Number.POSITIVE_INFINITY,
        isBusy,
      });
      session?.start();
    },
    stop: () => lifetime.end(),
    local: createLocalVerbs({
      hostName: settings.host,
      vantage,
      instances,
      journal,
      executor,
      isConnected: () => session?.connected === true,
      untilOver: (orderId) => new Promise((resolve, reject) => waiting.set(orderId, { resolve, reject })),
      reported: () => session?.report(),
      retryNow: () => session?.retryNow(),
    }),
  };
}

/** An instance that cannot be adopted shows no current release, and the planner says so; what is under way must not wait for it. */
async function adopt(host: Host, { settings }: Instance, log: Log): Promise<void> {
  try {
    await host.adoptCurrent(settings.releasesDir);
  } catch (thrown) {
    log.error({ instance: settings.instance }, toFailure(thrown).message);
  }
}

async function makeHello(
  version: string,
  hostName: string,
  instances: readonly Instance[],
  parts: { readonly host: Host; readonly journal: Journal; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<AgentMessage> {
  const { host, journal } = parts;
  const { os, arch } = await host.hostFacts();
  const announced = await Promise.all(
    instances.map(async (instance) => {
      const { settings, driver } = instance;
      // A link that breaks again and again must not cost the database a session each time.
      const incarnation = (await incarnationOf(host, instance).catch(() => null))?.invocationId ?? null;
      return {
        instance: settings.instance,
        cluster: settings.cluster,
        engine: settings.engine,
        dataDir: settings.dataDir,
        capabilities: await driver.capabilities(await contextOf(parts, instance, { after: 'any', incarnation })),
        ...announcedWords(instance),
        profileDigest: profileDigest(settings),
        profile: profileOf(settings),
      };
    }),
  );
  const open = journal.openOrders().map(({ order, phase }) => ({
    orderId: order.orderId,
    state: phase === 'accepted' ? ('accepted' as const) : ('begun' as const),
  }));
  const ended = journal.pendingReports().map(({ receipt }) => ({ orderId: receipt.orderId, state: 'ended' as const }));
  return {
    type: 'hello',
    protocol: protocolVersion,
    agentVersion: version,
    host: hostName,
    bootId: await host.bootId(),
    arch,
    os,
    instances: announced,
    fences: journal.fences(),
    newestOrders: journal.newestOrders(),
    openOrders: [...open, ...ended],
    journalHead: journal.head(),
    checkpoints: journal.checkpoints(),
  };
}
