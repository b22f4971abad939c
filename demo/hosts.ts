/** The demo's hosts: one supervisor process each, standing where systemd stands on a real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { HostLayout } from './host-layout.ts';
import { sourceArgv } from './programs.ts';
import { askSupervisor } from './supervisor/client.ts';
import { runMark, signal as sendSignal } from './supervisor/processes.ts';
import type { UnitState } from './supervisor/protocol.ts';
import { waitFor } from './wait.ts';

/** What a test or a person may do to one host. */
export interface DemoHost {
  readonly name: string;
  readonly dir: string;
  readonly socket: string;
  /** `flags`: added to the program's arguments at this start alone. */
  start(unit: string, flags?: readonly string[]): Promise<UnitState>;
  stop(unit: string): Promise<UnitState>;
  state(unit: string): Promise<UnitState>;
  /** SIGKILL to the unit's main process; resolves when the supervisor has seen its end. */
  kill(unit: string): Promise<void>;
  /** Power cut and boot: every process of the host is killed, what the host starts by itself starts again. */
  reboot(): Promise<UnitState>;
}

/**
 * Boots a host: its supervisor and its autostart units. Attached hosts end when this process does, however that comes about;
 * detached ones outlive it.
 */
export async function bootHost(layout: HostLayout, attached: boolean, signal: AbortSignal): Promise<DemoHost> {
  signal.throwIfAborted();
  const log = openSync(join(layout.dir, 'supervisor.log'), 'a');
  const [program, ...args] = sourceArgv('demo/supervisor/main.ts');
  const child = spawn(program, [...args, layout.supervisorSettings, ...(attached ? ['--with-parent'] : [])], {
    detached: true, // Ctrl-C at the terminal is for the demo alone, which then ends its hosts in order
    env: { ...process.env, [runMark]: layout.runDir },
    stdio: [attached ? 'pipe' : 'ignore', 'pipe', log],
  });
  closeSync(log);
  const ready = once(child.stdout as Readable, 'data', { signal });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`supervisor of ${layout.name} ended at once; see ${join(layout.dir, 'supervisor.log')}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => {}); // later it may end as it likes
  child.stdout?.destroy();
  child.unref();
  return hostAt(layout);
}

/** A host that runs already. */
export function hostAt({ name, dir, socket }: Pick<HostLayout, 'name' | 'dir' | 'socket'>): DemoHost {
  const state = (unit: string) => askSupervisor(socket, { verb: 'state', unit });
  return {
    name,
    dir,
    socket,
    start: (unit, flags = []) => askSupervisor(socket, { verb: 'start', unit, flags }),
    stop: (unit) => askSupervisor(socket, { verb: 'stop', unit }),
    state,
    async kill(unit) {
      const { pid } = await state(unit);
      if (pid === null) return;
      sendSignal(pid, 'SIGKILL');
      await waitFor(`end of ${unit} on ${name}`, 10_000, new AbortController().signal, async () =>
        (await state(unit)).pid === pid ? { notYet: `pid ${pid} lives` } : { seen: true },
      );
    },
    reboot: () => askSupervisor(socket, { verb: 'reboot' }),
  };
}
