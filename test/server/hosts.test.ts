import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClusterDocument, HostListDocument } from '../../common/documents/fleet.ts';
import { silentLog } from '../../common/log.ts';
import { type RunningController, runController } from '../../controller/run-controller.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { drydockV1 } from '../../proto/loader.ts';
import { agentMessageToWire } from '../../proto/wire/link.ts';
import { drydock } from '../cli/captured-io.ts';
import { announced, hello } from '../fleet/agents.ts';
import { dialledAs, initialise } from '../identities.ts';

const cli = (running: RunningController, ...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: running.address } });
const asJson = async <T>(running: RunningController, ...argv: readonly string[]) =>
  JSON.parse((await cli(running, ...argv, '-o', 'json')).stdout) as T;
const hostsOf = async (running: RunningController) => (await asJson<HostListDocument>(running, 'host', 'list')).hosts;

test('13.4: a host whose agent is gone stays in lists and metrics as disconnected, over a restart, until it is forgotten', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-hosts-'));
  const file = join(dir, 'controller.yaml');
  writeFileSync(file, `listen: 127.0.0.1:0\nstateDir: ${dir}/state\nmetrics: 127.0.0.1:0\n`);
  const settings = loadControllerSettings(file).value;

  await initialise(join(dir, 'state'));
  const first = await runController(settings, silentLog);
  const by = await dialledAs({ class: 'agent', name: 'db-1' });
  const client = new drydockV1.AgentLink(first.address, by.credentials, by.options);
  const agent = client.connect();
  agent.on('error', () => {}).on('data', () => {});
  agent.write(agentMessageToWire(hello('db-1', [announced('pg-1')])));
  await expect.poll(() => hostsOf(first), { timeout: 5_000 }).toMatchObject([{ host: 'db-1', connected: true }]);
  agent.cancel();
  client.close();
  await expect.poll(() => hostsOf(first), { timeout: 5_000 }).toMatchObject([{ host: 'db-1', connected: false }]);
  const [{ lastSeen } = { lastSeen: '' }] = await hostsOf(first);
  expect(Date.parse(lastSeen)).toBeGreaterThan(0);
  await first.stop();

  const second = await runController(settings, silentLog);
  expect(await hostsOf(second)).toMatchObject([{ host: 'db-1', connected: false, lastSeen, instances: [{ instance: 'pg-1' }] }]);
  const cluster = await asJson<ClusterDocument>(second, 'cluster', 'show', 'pg-main');
  expect(cluster.members).toMatchObject([{ instance: 'pg-1', host: 'db-1', connected: false, factsAgeMs: null, lastSeen }]);
  const seen = lastSeen.slice(0, 19);
  expect((await cli(second, 'cluster', 'show', 'pg-main')).stdout).toMatch(new RegExp(`pg-1 +db-1 .*disconnected +${seen}`));
  const metrics = await (await fetch(`http://${second.metricsAddress}/metrics`)).text();
  expect(metrics).toMatch(/drydock_host_connected\{host="db-1"\} 0/);
  expect((await cli(second, 'host', 'forget', 'db-1', '--reason', 'its disk died')).exitCode).toBe(0);
  expect(await hostsOf(second)).toEqual([]);
  await second.stop();

  const third = await runController(settings, silentLog);
  expect(await hostsOf(third)).toEqual([]);
  expect((await cli(third, 'cluster', 'show', 'pg-main')).exitCode).toBe(4);
  await third.stop();
  rmSync(dir, { recursive: true, force: true });
});
