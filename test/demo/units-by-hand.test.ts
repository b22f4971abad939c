/** A fleet that was kept is driven by hand: units of its hosts are stopped and started, and the controller is waited for. */
import { mkdtempSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { endFleet, runDirPrefix } from '../../demo/end.ts';
import { controllerUnit, hostLayout } from '../../demo/host-layout.ts';
import { bootHost, type DemoHost } from '../../demo/hosts.ts';
import { howToDrive } from '../../demo/keep.ts';
import { help, readOptions } from '../../demo/options.ts';
import { keptAsks } from '../../demo/play.ts';
import { freePorts } from '../../demo/ports.ts';
import type { PlayedFleet } from '../../demo/stage-upgrade.ts';
import { runMark } from '../../demo/supervisor/processes.ts';
import { startController, startUnit, stopUnit } from '../../demo/units-by-hand.ts';

let dir: string | null = null;
afterEach(async () => {
  if (dir !== null) await endFleet(dir);
  dir = null;
});

/** A booted host with one unit that runs this script. */
async function hostWith(name: string, unit: string, script: string): Promise<{ readonly dir: string; readonly host: DemoHost }> {
  dir ??= mkdtempSync(join(tmpdir(), runDirPrefix));
  const layout = hostLayout(dir, name);
  await mkdir(layout.dir);
  const settings = {
    socket: layout.socket,
    units: [{ name: unit, argv: [process.execPath, '-e', script], logFile: join(layout.dir, 'unit.log'), env: { [runMark]: dir } }],
  };
  await writeFile(layout.supervisorSettings, stringify(settings));
  return { dir, host: await bootHost(layout, true, new AbortController().signal) };
}

const sleeps = 'setInterval(() => {}, 1000)';

it('stops a unit of a host and starts it again, and says which units there are', async () => {
  const { dir: fleet, host } = await hostWith('pg-1', 'postgres-pg-1', sleeps);
  const path = join(fleet, 'pg-1', 'postgres-pg-1');
  expect(await startUnit(path)).toMatch(/^postgres-pg-1 of pg-1 runs, pid \d+$/);
  expect((await host.state('postgres-pg-1')).active).toBe(true);
  expect(await stopUnit(path)).toBe('postgres-pg-1 of pg-1 is stopped');
  expect((await host.state('postgres-pg-1')).active).toBe(false);
  await expect(startUnit(join(fleet, 'pg-1', 'nope'))).rejects.toThrow('host pg-1 has no unit nope; its units are: postgres-pg-1');
  await expect(startUnit(join(fleet, 'pg-9', 'x'))).rejects.toThrow('is not a fleet with a host pg-9');
});

it('prints these commands for each unit, and (12.C18) plans that are taken: down with the primary restarted, back as it was asked for', async () => {
  const { dir: fleet } = await hostWith('pg-1', 'postgres-pg-1', sleeps);
  const text = howToDrive({ dir: fleet, controllerAddress: '127.0.0.1:1', cluster: 'pg-main' } as PlayedFleet, {
    nodes: ['pg-1', 'pg-1', 'pg-1'],
    programs: ['postgres', 'postgres', 'postgres'],
    running: '16.14',
    other: { version: '16.4', ...keptAsks('switchover') },
  });
  for (const verb of ['stop', 'start'])
    expect(text).toContain(`npm run --silent demo -- --${verb} ${join(fleet, 'pg-1', 'postgres-pg-1')}\n`);
  expect(text).toContain('plan pg-main --to 16.4 --downgrade --primary restart --settle');
  expect(text).toContain('plan pg-main --to 16.14 --primary switchover --settle');
});

it('has the controller listen when it says that it was started', async () => {
  const [port = 0] = await freePorts(1);
  const slowly = `setTimeout(() => require('net').createServer((s) => s.end()).listen(${port}, '127.0.0.1'), 700); ${sleeps}`;
  const { dir: fleet } = await hostWith('controller', controllerUnit, slowly);
  await writeFile(join(fleet, 'controller', 'controller.yaml'), stringify({ listen: `127.0.0.1:${port}` }));
  expect(await startController(fleet)).toMatch(new RegExp(`runs, pid \\d+, listens on 127.0.0.1:${port}$`));
});

it('tells every option that it knows, and of another one where to read them', () => {
  for (const option of ['engine', 'primary', 'keep', 'report', 'stop', 'start', 'start-controller', 'end'])
    expect(help).toContain(`--${option} `);
  expect(readOptions(['--help'])).toMatchObject({ help: true, engine: 'postgresql' });
  expect(() => readOptions(['--kep'])).toThrow(/'--kep'.*npm run demo -- --help/);
});
