/** Puts the real ports together: settings to a living agent, or to one that only answers a person on the host. */
import { join } from 'node:path';
import { systemClock } from '../common/clock.ts';
import { fail } from '../common/failure.ts';
import type { Log } from '../common/log.ts';
import { keptMs } from '../common/retention.ts';
import { drivers } from '../engines/drivers.ts';
import { type Agent, createAgent } from './agent.ts';
import { runCommand } from './host/commands.ts';
import { createLocalHost } from './host/local-host.ts';
import { collectGarbage } from './host/memory.ts';
import type { Journal } from './journal/journal.ts';
import { openJournal } from './journal/sqlite-journal.ts';
import type { ArtifactSource } from './link/controller-artifacts.ts';
import { carryOutLocal, doorPath, type LocalRequest, openLocalDoor } from './local/door.ts';
import type { AgentSettings } from './settings.ts';

export const version = process.env.DRYDOCK_VERSION ?? 'from source';

const journalPath = (settings: AgentSettings) => join(settings.stateDir, 'journal.db');

/** Lives until SIGTERM or SIGINT; resolves with the exit code. Throws FailureError when it cannot start. */
export async function runAgent(settings: AgentSettings, log: Log): Promise<number> {
  const journal = openJournal(journalPath(settings));
  const { dialController } = await import('./link/link.ts');
  const { controllerArtifacts } = await import('./link/controller-artifacts.ts');
  const { dialledBy, keepRenewed } = await import('./identity.ts');
  const by = () => dialledBy(settings, systemClock.wallMs());
  let leave: (exitCode: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const agent = createAgent({
    ...commonParts(settings, journal, log),
    artifacts: controllerArtifacts(settings.controller, by),
    keepOrdersMs: keptMs(settings.retention.orders),
    connect: () => dialController(settings.controller, by),
    giveBack: collectGarbage,
    onFatal(error) {
      log.error({}, `the agent cannot continue: ${error instanceof Error ? error.message : String(error)}`);
      leave(1);
    },
  });
  const endRenewal = keepRenewed({ settings, clock: systemClock, random: Math.random, log });
  const door = await openLocalDoor(doorPath(settings), agent.local);
  await agent.start();
  log.info({ host: settings.host, controller: settings.controller, version }, 'agent started');
  await notifySystemd();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave(0));
  const exitCode = await left;
  endRenewal();
  agent.stop();
  door.close();
  journal.close();
  return exitCode;
}

/** Answers a person while no agent runs: the journal is opened by the command itself, and what has to be done is done by it. */
export async function answerWithoutAgent(settings: AgentSettings, request: LocalRequest, log: Log): Promise<unknown> {
  const journal = openJournal(journalPath(settings));
  let agent: Agent | null = null;
  try {
    agent = createAgent({
      ...commonParts(settings, journal, log),
      artifacts: noArtifacts,
      connect: null,
      onFatal(error) {
        log.error({}, `the journal cannot be written: ${error instanceof Error ? error.message : String(error)}`);
      },
    });
    // Probing and giving up change nothing on the host; the others carry on what was begun first.
    if (request.verb === 'finish' || request.verb === 'revert') await agent.start();
    return await carryOutLocal(agent.local, request);
  } finally {
    agent?.stop();
    journal.close();
  }
}

function commonParts(settings: AgentSettings, journal: Journal, log: Log) {
  return {
    settings,
    version,
    clock: systemClock,
    random: Math.random,
    log,
    host: createLocalHost(settings.units, settings.stateDir, systemClock),
    journal,
    drivers,
  };
}

/** A command on the host fetches nothing: an order that would has to wait for the agent. */
const noArtifacts: ArtifactSource = {
  read: () => {
    throw fail('unreachable', 'no-agent', 'artifacts are fetched by the running agent only: start the agent and try again');
  },
};

/** Tells systemd that we are up, when it is systemd that started us. */
async function notifySystemd(): Promise<void> {
  const socket = process.env.NOTIFY_SOCKET;
  if (socket === undefined) return;
  await runCommand(['systemd-notify', '--ready'], { timeoutMs: 5_000, env: { NOTIFY_SOCKET: socket } });
}
