import { describe, expect, test } from 'vitest';
import type { ClusterListDocument, HostListDocument, ReleaseListDocument, SnapshotListDocument } from '../../common/documents/fleet.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { drydock } from '../cli/captured-io.ts';
import { agentPeer, announced, cardboardAgent, facts, hello } from '../fleet/agents.ts';
import { type Door, json, openDoor, refusal } from './door.ts';

const cli = (door: Door, ...argv: readonly string[]) => drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });

/** Clusters of one node each: `c-000` on `host-000`. */
function announce(door: Door, count: number, more: (index: number) => Partial<NodeFacts> = () => ({})) {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(3, '0');
    const agent = cardboardAgent();
    door.fleet.accept(agent.end, agentPeer);
    agent.say(hello(`host-${number}`, [announced(`node-${number}`, `c-${number}`)]));
    agent.say({ type: 'facts', facts: facts(`node-${number}`, more(index)) });
    return agent;
  });
}

/** Names of every page, one row of them per page. */
async function walked(door: Door, method: string, field: string, nameOf: (row: never) => string, asked: object = {}) {
  const pages: string[][] = [];
  for (let after = ''; ; ) {
    const page = await door.ask(method, { ...asked, after });
    const rows = (json(page[field]) as Record<string, readonly never[]>)[field] ?? [];
    pages.push(rows.map(nameOf));
    after = String(page.nextAfter);
    if (after === '') return pages;
  }
}

const clusterOf = (row: ClusterListDocument['clusters'][number]) => row.cluster;
const hostOf = (row: HostListDocument['hosts'][number]) => row.host;
const snapshotOf = (row: SnapshotListDocument['snapshots'][number]) => `${row.instance} ${row.id}`;
const releaseOf = (row: ReleaseListDocument['releases'][number]) => row.version;

describe('M59: lists', () => {
  test('of clusters come in pages of at most 200, each of them once, announced and adopted ones mixed', async () => {
    await using door = await openDoor();
    announce(door, 450);
    const adopted = { engine: 'postgresql', expectedMembers: 1, instances: ['gone-1'], adoptedAtMs: 1 };
    await door.store.adoptCluster({ ...adopted, cluster: 'c-200-away', databaseId: '1' }, 'w1', 'test');
    const pages = await walked(door, 'ListClusters', 'clusters', clusterOf);
    expect(pages.map((page) => page.length)).toEqual([200, 200, 51]);
    expect(pages.flat()).toEqual([...new Set(pages.flat())].sort());
    expect(pages.flat()).toContain('c-200-away');
    expect(await walked(door, 'ListClusters', 'clusters', clusterOf, { pageSize: 400 })).toEqual(pages);
    const shown = JSON.parse((await cli(door, 'cluster', 'list', '-o', 'json')).stdout) as ClusterListDocument;
    expect(shown.clusters.map(clusterOf)).toEqual(pages.flat());
  });

  test('of clusters are chosen by engine, version, state and label, and a page that holds none of them leads on', async () => {
    await using door = await openDoor();
    announce(door, 410, (index) => (index === 405 ? { version: { running: '16.9', onDisk: '16.9', format: '16' } } : {}));
    await door.store.labelCluster({ cluster: 'c-407', set: { env: 'prod' }, remove: [] }, 1, 'test');
    const named = (asked: object) => walked(door, 'ListClusters', 'clusters', clusterOf, asked);
    expect(await named({ version: '16.9' })).toEqual([[], [], ['c-405']]);
    expect((await named({ selector: 'env=prod' })).flat()).toEqual(['c-407']);
    expect((await named({ engine: 'postgresql', state: 'not-adopted' })).flat()).toHaveLength(410);
    expect((await named({ engine: 'etcd' })).flat()).toEqual([]);
    expect((await named({ state: 'healthy' })).flat()).toEqual([]);
    expect((await refusal(door.ask('ListClusters', { state: 'fine' }))).failure?.message).toContain('state: expected healthy, unhealthy');
    expect((await cli(door, 'cluster', 'list', '--running', '16.9')).stdout).toMatch(/^c-405 /m);
    expect((await cli(door, 'cluster', 'list', '--running', '17.1')).stdout).toBe('no cluster matches 17.1\n');
  });

  test('of hosts are chosen by state, engine and the version of the agent, page by page', async () => {
    await using door = await openDoor();
    announce(door, 30)[7]?.hangUp('gone');
    const named = (asked: object) => walked(door, 'ListHosts', 'hosts', hostOf, asked);
    expect((await named({ pageSize: 12 })).map((page) => page.length)).toEqual([12, 12, 6]);
    expect((await named({ state: 'disconnected' })).flat()).toEqual(['host-007']);
    expect((await named({ state: 'connected', engine: 'postgresql', version: '0.1.0' })).flat()).toHaveLength(29);
    expect((await named({ version: '9.9' })).flat()).toEqual([]);
    const listed = (await cli(door, 'host', 'list', '--state', 'disconnected')).stdout;
    expect(listed.match(/^host-/gm)).toEqual(['host-']);
    expect(listed).toMatch(/host-007 .*disconnected/);
  });

  test('of snapshots never part those of one instance, and are chosen by engine and version', async () => {
    await using door = await openDoor();
    const snapshot = {
      madeAtMs: 1,
      expiresAtMs: 2,
      bytes: 3,
      role: 'primary',
      verified: 'none',
      position: '',
      run: 'r-1',
      hop: '',
    } as const;
    announce(door, 9, (index) => ({
      snapshots: [
        { ...snapshot, id: `s-${index}-b`, version: '16.4' },
        { ...snapshot, id: `s-${index}-a`, version: index === 4 ? '16.9' : '16.4' },
      ],
    }));
    const named = (asked: object) => walked(door, 'ListSnapshots', 'snapshots', snapshotOf, asked);
    const pages = await named({ pageSize: 5 });
    expect(pages.map((page) => page.length)).toEqual([6, 6, 6, 0]);
    expect(pages.flat()).toHaveLength(18);
    expect(pages[0]?.slice(0, 3)).toEqual(['node-000 s-0-a', 'node-000 s-0-b', 'node-001 s-1-a']);
    expect((await named({ version: '16.9' })).flat()).toEqual(['node-004 s-4-a']);
    expect((await named({ engine: 'etcd' })).flat()).toEqual([]);
  });

  test('of releases come page by page', async () => {
    await using door = await openDoor();
    for (let minor = 0; minor < 7; minor++)
      await door.store.addRelease({
        ...{ engine: 'postgresql', version: `16.${minor}`, arch: 'x64', release: `16.${minor}-aaaaaaaaaaaa` },
        ...{ artifacts: [], addedAtMs: minor, actor: 'test', fileNames: [] },
      });
    const named = (asked: object) => walked(door, 'ListReleases', 'releases', releaseOf, asked);
    expect((await named({ pageSize: 3 })).map((page) => page.length)).toEqual([3, 3, 1]);
    expect((await named({ version: '16.5' })).flat()).toEqual(['16.5']);
  });
});
