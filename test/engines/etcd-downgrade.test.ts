import { describe, expect, it } from 'vitest';
import { downgradeTarget } from '../../engines/etcd/facts.ts';
import { etcdDowngrades } from '../../engines/etcd/host/commands.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

const [old, newer] = ['3.5.35-aaaaaaaaaaaa', '3.6.16-aaaaaaaaaaaa'];
const effect = { key: downgradeTarget, prior: null, set: '3.5' };
const clusterOf = (...changes: readonly Parameters<typeof memberTwin>[1][]) =>
  new ToolsTwin(changes.map((change, at) => memberTwin(at + 1, change)));
const set = (tools: ToolsTwin, value = '3.5', key = downgradeTarget) => etcdDowngrades.set(tools.context(), key, value);
const unset = (tools: ToolsTwin) => etcdDowngrades.unset(tools.context(), effect);

/** The member of this host went down already; the others, with the downgrade under way, did not. */
function halfWay(...others: readonly Parameters<typeof memberTwin>[1][]): ToolsTwin {
  const tools = clusterOf({ version: '3.5.35' }, ...others);
  tools.releases = [old, newer];
  tools.downgrade = '3.5';
  return tools;
}

describe('a downgrade', () => {
  it('M43 is validated, then enabled, and once it is, asked again changes nothing (P3)', async () => {
    const tools = clusterOf({}, {}, {});
    expect(await set(tools)).toEqual(effect);
    expect(await set(tools)).toEqual(effect);
    expect(tools.reported).toEqual(['validate 3.5', 'enable 3.5']);
  });

  it('is refused in the words of the cluster, and nothing is enabled then', async () => {
    const tools = clusterOf({}, {}, {});
    await expect(set(tools, '3.4')).rejects.toMatchObject({
      failure: { class: 'refused', code: 'downgrade-refused', message: expect.stringContaining('invalid downgrade target version') },
    });
    expect(tools.downgrade).toBeNull();
  });

  it('is refused while one to another minor is under way, and to what is no minor', async () => {
    const tools = clusterOf({}, {}, {});
    tools.downgrade = '3.5';
    await expect(set(tools, '3.6')).rejects.toMatchObject({ failure: { code: 'downgrade-under-way' } });
    await expect(set(tools, '3.5.35')).rejects.toMatchObject({ failure: { code: 'bad-value' } });
    await expect(set(tools, '3.5', 'quota')).rejects.toMatchObject({ failure: { code: 'unknown-word' } });
    expect(tools.reported).toEqual([]);
  });

  it('P19 is cancelled, and cancelled again it is what it was', async () => {
    const tools = clusterOf({}, {}, {});
    await set(tools);
    expect(await unset(tools)).toMatchObject({ ok: true, detail: 'the downgrade to 3.5 is cancelled' });
    expect(await unset(tools)).toMatchObject({ ok: true, detail: 'no downgrade is under way' });
    expect(tools.reported.filter((verb) => verb === 'cancel')).toHaveLength(1);
  });

  it('P19 of somebody else, begun meanwhile, stays', async () => {
    const tools = clusterOf({}, {}, {});
    tools.downgrade = '3.4';
    expect(await unset(tools)).toMatchObject({ ok: true, detail: expect.stringContaining('is left so') });
    expect(tools.downgrade).toBe('3.4');
  });

  it('P19 is cancelled in the middle, also by a member that went down already: of one that did not, by the release that it came from', async () => {
    const tools = halfWay({ version: '3.5.35' }, {});
    expect(await unset(tools)).toMatchObject({ ok: true, detail: 'the downgrade to 3.5 is cancelled' });
    expect(tools.reported).toEqual(['cancel']);
    expect(tools.downgrade).toBeNull();
  });

  it('P1 is not taken for over while the one who would know of it is silent, or the tools are gone', async () => {
    await expect(unset(halfWay({ version: '3.5.35' }, { down: true }))).rejects.toMatchObject({ failure: { remedy: 'retry' } });
    const without = halfWay({}, {});
    without.releases = [old];
    await expect(unset(without)).rejects.toMatchObject({ failure: { code: 'no-release' } });
  });

  it('is over by itself when every member went down', async () => {
    const tools = halfWay({ version: '3.5.35' }, { version: '3.5.35' });
    expect(await unset(tools)).toMatchObject({ ok: true, detail: 'no downgrade is under way' });
    await expect(set(tools)).rejects.toMatchObject({ failure: { code: 'downgrade-refused' } });
  });
});
