/**
 * Records what real processes of Ozone answer, as fixtures for the parsers: test/recorded/ozone/<version>/. The first line of each file tells the question
 * and the version. Run it against a fleet that was kept (`npm run demo -- --engine ozone --keep`), whose run folder it takes; once before its upgrade and
 * once after: `npx tsx scripts/record-ozone.ts DIR [--commands]`. With --commands also what `ozone admin` prints that changes the cluster: it is prepared
 * for a moment, and finalizeupgrade is asked where everything is finalized already.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../agent/host/commands.ts';
import { systemClock } from '../common/clock.ts';
import type { DriverContext } from '../common/driver.ts';
import { type OzoneMemberName, omServiceId } from '../demo/ozone/cluster.ts';
import { hostOf } from '../demo/ozone/layout.ts';
import { askHttp } from '../engines/kit/host/http.ts';
import { isFinalized } from '../engines/ozone/facts.ts';
import { siteOf } from '../engines/ozone/host/site.ts';
import { parseLayout, parseOm } from '../engines/ozone/probe.ts';
import { tools } from '../engines/ozone/tools.ts';
import { realHost } from '../test/contract/real-host.ts';
import { unpriced } from '../test/contract/unpriced.ts';

const recordedDir = new URL('../test/recorded/ozone', import.meta.url).pathname;
const limitMs = 300_000;
const [dir = '', flag] = process.argv.slice(2);

/** Each bean is asked of the first process that has it. */
const asked = [
  ['om', 'om1'],
  ['layout', 'om1'],
  ['scm', 'scm1'],
  ['nodes', 'scm1'],
  ['datanode', 'dn1'],
  ['connections', 'dn1'],
  ['runtime', 'recon1'],
] as const satisfies readonly (readonly [keyof typeof tools, OzoneMemberName])[];

const componentOf = (name: string): string => ({ dn: 'datanode', recon: 'recon', scm: 'scm' })[name.replace(/\d$/, '')] ?? 'om';

function contextOf(name: OzoneMemberName): DriverContext {
  const home = join(dir, hostOf(name), name);
  return unpriced({
    settings: {
      instance: name,
      cluster: 'recorded',
      engine: 'ozone',
      dataDir: join(home, 'data'),
      releasesDir: join(dir, hostOf(name), 'releases'),
      unit: name,
      snapshotsDir: join(home, 'snapshots'),
      configFile: join(home, 'conf', 'ozone-site.xml'),
      connection: { component: componentOf(name) },
    },
    host: realHost(async () => ({ active: true, invocationId: null, pid: null })),
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: join(dir, hostOf(name), 'releases', 'current'),
  });
}

async function get(tool: (typeof asked)[number][0], name: OzoneMemberName): Promise<string> {
  const context = contextOf(name);
  const { httpEndpoint } = await siteOf(context);
  return (await askHttp(context, httpEndpoint, tools[tool].get, { limitMs: 60_000, mostChars: 4_000_000 })).body;
}

async function ozone(args: readonly string[]): Promise<string> {
  const home = join(dir, hostOf('om1'));
  const argv = [join(home, 'releases', 'current', 'bin', 'ozone'), '--config', join(home, 'om1', 'conf'), ...args] as const;
  const { stdout } = await runCommand(argv, { timeoutMs: limitMs });
  return stdout;
}

const version = parseOm(await get('om', 'om1'))?.version;
if (version === undefined) throw new Error(`om1 of ${dir} reports no version; its folders: ${(await readdir(dir)).join(', ')}`);
await mkdir(join(recordedDir, version), { recursive: true });
const write = async (name: string, question: string, answer: string) =>
  writeFile(join(recordedDir, version, `${name}.txt`), `# ${question} (ozone ${version})\n${answer.trimEnd()}\n`);
for (const [tool, name] of asked) await write(tools[tool].recorded, `GET ${tools[tool].get}`, await get(tool, name));
await write('version', 'ozone version', await ozone(['version']));
await write(
  'version-file',
  'om/current/VERSION',
  await readFile(join(dir, hostOf('om1'), 'om1', 'data', 'om', 'current', 'VERSION'), 'utf8'),
);
if (flag === '--commands') {
  const service = `-id=${omServiceId}`;
  await write('om-prepare', `ozone admin om prepare ${service}`, await ozone(['admin', 'om', 'prepare', service]));
  await write('om-cancelprepare', `ozone admin om cancelprepare ${service}`, await ozone(['admin', 'om', 'cancelprepare', service]));
  const layout = parseLayout(await get('layout', 'om1'));
  if (isFinalized({ layout }) === true)
    for (const [name, args] of [
      ['scm-finalizeupgrade', ['scm', 'finalizeupgrade']],
      ['om-finalizeupgrade', ['om', 'finalizeupgrade', service]],
    ] as const)
      await write(name, `ozone admin ${args.join(' ')}`, await ozone(['admin', ...args]));
}
