/** What ozone-site.xml says of one process, as real files have it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { siteOf } from '../../engines/ozone/host/site.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-ozone-site-'));
});
afterEach(() => rm(dir, { recursive: true }));

type Values = Readonly<Record<string, string>>;
const xml = (values: Values) =>
  `<configuration>${Object.entries(values)
    .map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`)
    .join('')}</configuration>`;

function contextOf(connection: Values): DriverContext {
  return unpriced({
    settings: {
      instance: 'one',
      cluster: 'lake',
      engine: 'ozone',
      dataDir: join(dir, 'data'),
      releasesDir: join(dir, 'releases'),
      unit: 'one',
      snapshotsDir: join(dir, 'snapshots'),
      configFile: join(dir, 'ozone-site.xml'),
      connection,
    },
    host: realHost(async () => ({ active: true, invocationId: null, pid: null })),
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: null,
  });
}

async function endpointOf(component: string, site: Values, beside: Values | null = null): Promise<string> {
  await writeFile(join(dir, 'ozone-site.xml'), xml(site));
  if (beside !== null) await writeFile(join(dir, 'httpfs-site.xml'), xml(beside));
  return (await siteOf(contextOf({ component }))).httpEndpoint;
}

describe('where a process answers', () => {
  test('a gateway does so where its address says, or at the port by default', async () => {
    expect(await endpointOf('s3g', { 'ozone.s3g.webadmin.http-address': '10.0.0.7:19999' })).toBe('http://10.0.0.7:19999');
    expect(await endpointOf('recon', {})).toBe('http://127.0.0.1:9888');
  });

  test('HttpFS has its host and its port apart, and by default listens everywhere at 14000', async () => {
    expect(await endpointOf('httpfs', {})).toBe('http://127.0.0.1:14000');
    expect(await endpointOf('httpfs', { 'httpfs.http.port': '14001' })).toBe('http://127.0.0.1:14001');
    expect(await endpointOf('httpfs', { 'httpfs.http.hostname': '0.0.0.0', 'httpfs.http.port': '14001' })).toBe('http://127.0.0.1:14001');
  });

  test('HttpFS has a file of its own beside ozone-site.xml, which counts less', async () => {
    const beside = { 'httpfs.http.hostname': '10.0.0.8', 'httpfs.http.port': '14002' };
    expect(await endpointOf('httpfs', {}, beside)).toBe('http://10.0.0.8:14002');
    expect(await endpointOf('httpfs', { 'httpfs.http.port': '14003' }, beside)).toBe('http://10.0.0.8:14003');
  });
});
