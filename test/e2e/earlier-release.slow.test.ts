/**
 * A run in flight goes on when Drydock itself is upgraded: the programs of an earlier release, built from its commit, are killed in the middle of
 * it, and today's programs are started on the same store, journals and databases. Where the clone does not have that commit, the stores that were
 * kept of it (test/simulator/earlier-release.test.ts) are what is left to prove it by.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import { eventVersion } from '../../common/events.ts';
import { approve, type BaseFleet, bootFleet, fleetAt, inRunDir } from '../../demo/base-fleet.ts';
import { type Clients, startClients } from '../../demo/clients/clients.ts';
import { clusterName, controllerUnit, type FleetLayout, layOutFleet, nodeNames } from '../../demo/layout.ts';
import { makeReleaseArtifact } from '../../demo/postgres/releases.ts';
import { programArgv, root } from '../../demo/programs.ts';
import { enrolHosts, initController, logIn } from '../../demo/trust.ts';
import { waitFor } from '../../demo/wait.ts';

/** What 0.1 was made of. */
const commits = { '0.1': 'dd897a588d9408a465871b9dfccdcce6c18e671b' } as const;
const release = '0.1';

const git = (...args: readonly string[]) => execFileSync('git', ['-C', root, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });

function hasCommit(): boolean {
  try {
    git('cat-file', '-e', `${commits[release]}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

const never = new AbortController().signal;
let sources = '';
let fleet: BaseFleet;
let layout: FleetLayout;
/** Where the programs of every unit lie: another release is put in place by one link, as a package would. */
let programs = '';

/** The sources of the release with this clone's packages, and its programs built from them. */
async function buildEarlier(dir: string): Promise<string> {
  const archive = join(dir, 'sources.tar');
  git('archive', '--format=tar', `--output=${archive}`, commits[release]);
  await extract({ file: archive, cwd: dir });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), join(dir, 'scripts/build.ts')], { cwd: dir, stdio: 'pipe' });
  return join(dir, 'dist');
}

function putInPlace(dist: string): void {
  rmSync(programs, { force: true });
  symlinkSync(dist, programs);
}

/** Units start what the link leads to, and no release of their own. */
function throughLink(dir: string): void {
  const dist = join(root, 'dist');
  for (const name of readdirSync(dir)) {
    const file = join(dir, name, 'supervisor.yaml');
    if (![...nodeNames, 'controller'].includes(name)) continue;
    const text = readFileSync(file, 'utf8');
    expect(text, 'run npm run build first: the programs in dist are older than their sources').toContain(dist);
    writeFileSync(file, text.replaceAll(dist, programs));
  }
}

const status = async (run: string) => (await fleet.cliJson(['status', run])) as RunDocument;

describe.skipIf(!hasCommit())(`a run that ${release} began`, () => {
  beforeAll(async () => {
    expect(programArgv('drydock')[1]).toBe(join(root, 'dist/drydock.js'));
    sources = mkdtempSync(join(tmpdir(), 'drydock-earlier-'));
    const earlier = await buildEarlier(sources);
    fleet = await inRunDir(undefined, async (dir) => {
      mkdirSync(dir, { recursive: true });
      programs = join(dir, 'programs');
      putInPlace(earlier);
      layout = await layOutFleet(dir, '16.4');
      throughLink(dir);
      return bootFleet(layout, { earlier: [process.execPath, join(earlier, 'drydock.js')] });
    });
    await fleet.adoptCluster(clusterName, nodeNames.length);
    for (const version of ['16.4', '16.14'] as const)
      await fleet.addArchive('postgresql', version, (scratch, archive) => makeReleaseArtifact({ version }, scratch, archive));
  }, 180_000);

  afterAll(async () => {
    await fleet?.stop();
    rmSync(sources, { recursive: true, force: true });
  }, 60_000);

  test('P18 goes on to its end when all its programs are killed in the middle of a downtime and today’s are started', async () => {
    const clients: Clients = await startClients(layout.clientsAddress, fleet.dir, never, 0);
    const shown = (await fleet.cliJson(['plan', clusterName, '--to', '16.14', '--settle', '3s'])) as PlanShownDocument;
    expect(shown.plan).not.toHaveProperty('v');
    const { runId } = await approve(fleet, shown);
    await fleet.cli(['run', shown.planId, '--detach']);
    await waitFor('the second node to be taken down', 60_000, never, async () => {
      const { turns, state, holds } = await status(runId);
      if (state !== 'active' || holds.some(({ releasedBy }) => releasedBy === 'person'))
        throw new Error(`${state}: ${JSON.stringify(holds)}`);
      const open = turns.filter((turn) => turn.disruptive && turn.state !== 'pending');
      return open.length === 2 ? { seen: true } : { notYet: `${open.length} nodes were begun` };
    });
    await Promise.all([fleet.killController(), ...nodeNames.map((name) => fleet.killAgent(name))]);
    // As CHANGELOG.md has it done: the earlier release knew no TLS.
    putInPlace(join(root, 'dist'));
    const token = await initController(layout.controller, never);
    const { controllerHost } = fleet;
    fleet = fleetAt(layout, never);
    await controllerHost.start(controllerUnit);
    await logIn(layout, token, { limitMs: 60_000, signal: never, stillRuns: async () => {} });
    for (const name of nodeNames) await fleet.startAgent(name);
    await enrolHosts(layout, never);

    expect(await fleet.cli(['watch', runId, '--wait', '--timeout', '3m'])).toMatchObject({ exitCode: 0 });
    const { versions } = (await fleet.cliJson(['cluster', 'show', clusterName])) as ClusterDocument;
    expect(versions).toEqual(['16.14']);
    const report = (await fleet.cliJson(['report', runId])) as ReportDocument;
    expect(report.run.state).toBe('done');
    expect(report.audit.ok).toBe(true);
    expect(report.nodes.map(({ version }) => version)).toEqual(['16.14', '16.14', '16.14']);
    const { events } = (await fleet.cliJson(['audit', runId])) as AuditListDocument;
    // Written by both, each in the shape of its time.
    expect([...new Set(events.map(({ v }) => v))]).toEqual([1, eventVersion]);
    const ends = events.flatMap(({ body }) => {
      const { type, step, attempt } = body as { readonly type: string; readonly step?: string; readonly attempt?: number };
      return type === 'order-ended' ? [`${step}/${attempt}`] : [];
    });
    expect(new Set(ends).size).toBe(ends.length);
    // The plan is what was approved, byte for byte.
    const again = (await fleet.cliJson(['plan', 'show', shown.planId])) as PlanShownDocument;
    expect([again.digest, again.plan]).toEqual([shown.digest, shown.plan]);
    const { lost, acknowledged } = await clients.end();
    expect([lost, acknowledged > 0]).toEqual([0, true]);
  }, 240_000);
});
