/** A cluster of a major goes from one minor to the next under clients that check every row, and its primary hands over. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { majorVersions, type OtherMajor } from '../../demo/postgres/releases.ts';
import { isHere } from './postgresql-majors.ts';

export function turnOf(major: OtherMajor): void {
  // Before 13 no reload changes whom a standby follows: with two standbys its primary is restarted.
  const primary = major === '12' ? 'restart' : 'switchover';

  describe.runIf(isHere(major))(`12.B4: PostgreSQL ${major} with --primary ${primary}`, () => {
    let fleet: DemoFleet | undefined;
    afterEach(() => fleet?.stop());

    it('comes to the next minor, and no acknowledged write is lost', async () => {
      const [from, to] = majorVersions[major];
      fleet = await startFleet({ version: from });
      await fleet.adopt();
      await fleet.addRelease(to);
      const clients = await fleet.startClients();
      const asked = ['--to', to, '--primary', primary, '--settle', '200ms'];
      const plan = (await fleet.cliJson(['plan', fleet.cluster, ...asked])) as PlanShownDocument;
      if (plan.planId === undefined) throw new Error(`no plan: ${JSON.stringify(plan)}`);
      await ok(fleet, ['approve', plan.planId, '--digest', plan.digest]);
      await ok(fleet, ['run', plan.planId, '--wait', '--timeout', '4m']);
      const { members, versions } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
      expect(versions).toEqual([to]);
      const leaders = members.filter(({ role }) => role === 'primary').map(({ instance }) => instance);
      expect(leaders).toHaveLength(1);
      expect(leaders[0] === 'pg-1').toBe(primary === 'restart');
      const { lost, acknowledged } = await clients.end();
      expect([lost, acknowledged > 0]).toEqual([0, true]);
    });
  });
}

async function ok(running: DemoFleet, args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await running.cli(args);
  if (exitCode !== 0) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
}
