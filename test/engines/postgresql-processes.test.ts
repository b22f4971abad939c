import { describe, expect, it } from 'vitest';
import { parseChildren, parseStartedS } from '../../engines/kit/host/processes.ts';
import { parseProcessTitle } from '../../engines/postgresql/host/shutdown.ts';

describe('12.B7: the processes of a server, as the kernel shows them', () => {
  it.each([
    ['postgres: archiver archiving 000000010000000000000003', 'archiver', 'archiving 000000010000000000000003'],
    ['postgres: pg-1: archiver \0\0', 'archiver', ''],
    ['postgres: pg-1: checkpointer performing shutdown checkpoint', 'checkpointer', 'performing shutdown checkpoint'],
    ['postgres: walsender repl 10.0.0.2(39712) streaming 0/3000148', 'sender', 'repl 10.0.0.2(39712) streaming 0/3000148'],
    ['postgres: 16/main: autovacuum worker app', 'session', 'app'],
    ['postgres: background writer', 'other', ''],
    ['postgres: app orders 10.0.0.7(51234) idle in transaction', 'session', 'app orders 10.0.0.7(51234) idle in transaction'],
  ])('%s', (cmdline, kind, title) => {
    expect(parseProcessTitle(cmdline)).toEqual({ kind, title });
  });

  it('are not those of other programs', () => {
    for (const cmdline of ['', '/usr/lib/postgresql/16/bin/postgres\0-D\0/srv/pg', 'sh\0-c\0sleep 3000'])
      expect(parseProcessTitle(cmdline)).toBeNull();
  });

  it('have children and a time at which they began', () => {
    expect(parseChildren('4711 4712 \n')).toEqual([4711, 4712]);
    expect(parseChildren('')).toEqual([]);
    const stat = `4711 (odd) name) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 9 9 9`;
    expect(parseStartedS(stat)).toBe(123.45);
    expect(parseStartedS('')).toBeNull();
  });
});
