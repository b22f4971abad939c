import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../common/render-plan.ts';
import { configFile, oldConfig } from './config.ts';
import { kinds } from './kinds.ts';
import { quay } from './play.ts';

describe('the configuration that a version needs', () => {
  it('P11 is printed with the difference in each file before anything is approved', async () => {
    const play = await quay.begin({ seed: 1, kind: 'rolling' });
    const text = renderPlan(play.plan, 'p-1', 'sha256:0').replaceAll(/\s+/g, ' ');
    expect(text).toContain('Configuration changes that the rules make');
    expect(text).toContain('quay.yaml: rename cache_in_mb to cache, with the unit MB: values say their unit');
    expect(text).toContain('region = eu, as given with --config-set');
    // One difference for all whose file is the same.
    const names = play.plan.configDiffs?.map(({ instance }) => instance) ?? [];
    expect(new Set(names)).toEqual(new Set(kinds.rolling.names));
    expect(text).toContain(`${names.join(', ')} ${configFile} (with the new release; the old file is kept)`);
    expect(play.plan.configDiffs?.[0]?.lines).toEqual([
      ' # quay',
      '-cache_in_mb: 64   # of memory',
      '-legacy_port: 9160',
      '+cache: 64MB   # of memory',
      '+# legacy_port: 9160',
      ' routes:',
      '   - a',
      '+region: eu',
    ]);
    await play.world.close();
  });

  it('is demanded of a person before any downtime, with file, key, reason and command', async () => {
    await expect(quay.begin({ seed: 1, kind: 'rolling', given: {} })).rejects.toThrow(
      /\/etc\/quay\/quay\.yaml does not set region, which 1\.1 requires: stores are told apart by it \(test\/quay\); plan again with its value: drydock plan quay-main --to 1\.1 --config-set region=VALUE/,
    );
  });

  it('takes no value that no version needs, and no secret', async () => {
    await expect(quay.begin({ seed: 1, kind: 'rolling', given: { region: 'eu', cache: '1' } })).rejects.toThrow(
      /no version on this path requires cache/,
    );
    await expect(quay.begin({ seed: 1, kind: 'rolling', given: { store_password: 'x' } })).rejects.toThrow(
      /is a secret and would be visible in the plan/,
    );
  });

  it('is staged before any node is stopped: a file that was changed since holds the run', async () => {
    const play = await quay.begin({ seed: 1, kind: 'all-stop' }, ({ world }) => {
      world.host('store-1').texts.set(configFile, `${oldConfig}# by hand\n`);
    });
    const { events } = await quay.finish(play);
    const refusals = events.flatMap(({ body }) => (body.type === 'order-ended' && body.receipt.failure !== undefined ? [body] : []));
    expect(refusals[0]?.step).toBe('h1.stage.store-1.stage');
    expect(refusals[0]?.receipt.failure?.message).toContain('/etc/quay/quay.yaml has changed since the plan was made; plan again');
    expect(play.world.servers.flatMap(({ host }) => host.effects).filter((effect) => effect.startsWith('stop'))).toEqual([]);
    await play.world.close();
  });
});
