/** What a person does to one unit of a fleet that stays: each host's supervisor is asked, as systemctl would be on a real one. */
import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fail } from '../common/failure.ts';
import { controllerUnit, hostLayout } from './host-layout.ts';
import { type DemoHost, hostAt } from './hosts.ts';
import { supervisorSettingsSchema } from './supervisor/protocol.ts';
import { waitFor } from './wait.ts';

const listenLimitMs = 20_000;
const never = new AbortController().signal;

/** `DIR/HOST/UNIT`, as the demo prints it. Throws FailureError(usage or not-found) that says what there is. */
function unitAt(path: string): { readonly host: DemoHost; readonly unit: string } {
  const [, dir, name, unit] = /^(.*)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (dir === undefined || name === undefined || unit === undefined)
    throw fail('usage', 'bad-unit', `${path}: expected DIR/HOST/UNIT, as they were printed when the fleet was kept`);
  const layout = hostLayout(dir, name);
  if (!existsSync(layout.supervisorSettings)) throw fail('not-found', 'no-such-host', `${dir} is not a fleet with a host ${name}`);
  const units = unitsOf(layout.supervisorSettings);
  if (!units.includes(unit))
    throw fail('not-found', 'no-such-unit', `host ${name} has no unit ${unit}; its units are: ${units.join(', ')}`);
  return { host: hostAt(layout), unit };
}

export async function startUnit(path: string): Promise<string> {
  const { host, unit } = unitAt(path);
  const { pid } = await host.start(unit);
  return `${unit} of ${host.name} runs, pid ${pid}`;
}

export async function stopUnit(path: string): Promise<string> {
  const { host, unit } = unitAt(path);
  await host.stop(unit);
  return `${unit} of ${host.name} is stopped`;
}

/** Resolves when it listens: what is typed next may be for it. */
export async function startController(dir: string): Promise<string> {
  const layout = hostLayout(dir, 'controller');
  const started = await startUnit(join(layout.dir, controllerUnit));
  const { listen } = parse(readFileSync(join(layout.dir, 'controller.yaml'), 'utf8')) as { readonly listen: string };
  await waitFor(`answer of the controller at ${listen}`, listenLimitMs, never, async () =>
    (await listens(listen)) ? { seen: true } : { notYet: 'nothing listens' },
  );
  return `${started}, listens on ${listen}`;
}

function unitsOf(settingsFile: string): readonly string[] {
  return supervisorSettingsSchema.parse(parse(readFileSync(settingsFile, 'utf8'))).units.map(({ name }) => name);
}

/** All units of a host that there is. */
export const unitsOn = (dir: string, name: string): readonly string[] => unitsOf(hostLayout(dir, name).supervisorSettings);

function listens(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    const over = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => over(true));
    socket.once('error', () => over(false));
  });
}
