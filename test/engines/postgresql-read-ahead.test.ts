/** 13.9: what the fence must know of a stopped server's settings is read before the stop, and again only where it may have changed. */
import { describe, expect, test } from 'vitest';
import type { DriverContext, DriverHost } from '../../common/driver.ts';
import { readAhead, settingReadAhead } from '../../engines/postgresql/host/settings-at-rest.ts';
import { unpriced } from '../contract/unpriced.ts';
import { VirtualClock } from '../twins/clock.ts';

const names = ['primary_conninfo', 'primary_slot_name'];

/** A host that holds these files, and whose server program answers with how often it was run. */
function stageOf(files: Record<string, string>) {
  const asked: string[] = [];
  const host = {
    readText: async (path: string) => files[path] ?? null,
    run: async (argv: readonly string[]) => {
      asked.push(argv.slice(1).join(' '));
      return { exitCode: 0, stdout: `${asked.length}\n`, stderr: '' };
    },
  } satisfies Partial<DriverHost> as unknown as DriverHost;
  const settings = { instance: 'pg-1', dataDir: '/data' } as DriverContext['settings'];
  const context = unpriced({
    settings,
    host,
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    currentRelease: '/r/16.4',
  });
  return { files, asked, context };
}

const plain = () =>
  stageOf({ '/data/postgresql.conf': 'port = 1\n', '/data/postgresql.auto.conf': '', '/data/postmaster.opts': 'postgres\n' });

describe('13.9: settings read ahead', () => {
  test('13.9: nothing is run again while its files are the same', async () => {
    const { asked, context } = plain();
    await readAhead(context, names);
    expect(await Promise.all(names.map((name) => settingReadAhead(context, name)))).toEqual(['1', '2']);
    expect(asked).toHaveLength(2);
  });

  test.each(['/data/postgresql.conf', '/data/postgresql.auto.conf', '/data/postmaster.opts'])(
    '13.9: the program is asked again once %s was changed',
    async (path) => {
      const { asked, context, files } = plain();
      await readAhead(context, names);
      files[path] = '# edited\n';
      expect(await settingReadAhead(context, 'primary_conninfo')).toBe('3');
      expect(asked).toHaveLength(3);
    },
  );

  test('13.9: the program is asked again once another release is current', async () => {
    const { context } = plain();
    await readAhead(context, names);
    expect(await settingReadAhead({ ...context, currentRelease: '/r/16.14' }, 'primary_conninfo')).toBe('3');
  });

  test('13.9: what other files are included in is read again, and so is what nobody read ahead', async () => {
    const included = stageOf({ '/data/postgresql.conf': "include_dir 'conf.d'\n" });
    await readAhead(included.context, names);
    expect(await settingReadAhead(included.context, 'primary_conninfo')).toBe('3');
    const { context } = plain();
    expect(await settingReadAhead(context, 'primary_conninfo')).toBe('1');
  });

  test('13.9: a configuration file elsewhere is the one that counts, and the program is told of it', async () => {
    const { asked, context, files } = stageOf({
      '/etc/pg.conf': 'port = 1\n',
      '/data/postmaster.opts': '/usr/bin/postgres "-c" "config_file=/etc/pg.conf"\n',
    });
    await readAhead(context, names);
    expect(asked[0]).toBe('-C primary_conninfo -D /data -c config_file=/etc/pg.conf');
    files['/data/postgresql.conf'] = '# not read\n';
    expect(await settingReadAhead(context, 'primary_conninfo')).toBe('1');
    files['/etc/pg.conf'] = '# edited\n';
    expect(await settingReadAhead(context, 'primary_conninfo')).toBe('3');
  });
});
