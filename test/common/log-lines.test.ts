import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { tellingLines } from '../../common/log.ts';

const shownOf = (text: string) => tellingLines(text).lines;

test.each([
  ["ALTER ROLE app PASSWORD 'hunter2'", 'ALTER ROLE app PASSWORD [removed]'],
  ['{"token": "hunter2", "port": 1}', '{"token": [removed], "port": 1}'],
  ['Authorization: Bearer aGk.aGk-aGk=', 'Authorization: [removed]'],
  ['primary_conninfo = user=app password=hunter2 host=db', 'primary_conninfo = user=app password=[removed] host=db'],
  ['password authentication failed for user "app"', 'password authentication failed for user "app"'],
  ['SCRAM-SHA-256$4096:aGk=$x:y', '[removed]'],
])('13.3: no secret leaves the host: %s', (line, shown) => {
  expect(shownOf(line)).toEqual([shown]);
});

test('13.3: a key that goes over several lines does not leave the host', () => {
  expect(shownOf('FATAL: bad key\n-----BEGIN PRIVATE KEY-----\nMIIE\nabcd\n-----END PRIVATE KEY-----\n')).toEqual([
    'FATAL: bad key',
    '[removed]',
  ]);
});

test('13.3: what clients asked stays on the host', () => {
  const asked = [
    'ERROR:  no such table',
    'STATEMENT:  SELECT *',
    "\tFROM people WHERE name = 'Ada'",
    'LOG:  duration: 3 ms  statement: SELECT 1',
  ];
  expect(shownOf([...asked, 'LOG:  shutting down'].join('\n'))).toEqual(['ERROR:  no such table', 'LOG:  shutting down']);
});

test('13.3: three lines at most, none of them long, empty ones left out', () => {
  expect(tellingLines(`first\n\nsecond\n${'x'.repeat(5_000)}\nlast\n`)).toEqual({
    lines: ['second', `${'x'.repeat(299)}…`, 'last'],
    last: true,
  });
});

test('13.3: the line with which a server gives up is shown where others follow it', () => {
  const log = ['LOG:  starting', 'FATAL:  no checkpoint', 'LOG:  process 7 exited', 'LOG:  aborting startup', 'LOG:  shut down'];
  expect(tellingLines(log.join('\n'))).toEqual({ lines: log.slice(1, 4), last: false });
  expect(shownOf('ready to go\n{"level":"fatal","msg":"bind"}\n{"level":"info"}')).toHaveLength(3);
});

test('13.3: of etcd 3.5.35 on the data of 3.6 the line is shown that says so, cut', () => {
  const added = '{"level":"info","caller":"membership/cluster.go:421","msg":"added member"}';
  const gaveUp =
    '{"level":"fatal","caller":"membership/downgrade.go:69","msg":"invalid downgrade; server version is lower than determined cluster version","current-server-version":"3.5.35","determined-cluster-version":"3.6","stacktrace":"go.etcd.io/etcd/server/v3/etcdserver/api/membership.mustDetectDowngrade\\n\\tgo.etcd.io/etcd/server/v3@v3.5.35/etcdserver/api/membership/downgrade.go:69"}';
  const { lines, last } = tellingLines(`${added}\n${gaveUp}\n`);
  expect(last).toBe(true);
  expect(lines[0]).toBe(added);
  expect(lines[1]).toContain('"determined-cluster-version":"3.6"');
  expect(lines[1]).toHaveLength(300);
});

test('13.3: a flag that is not known is shown, and not the help that follows it', () => {
  expect(tellingLines('flag provided but not defined: -nope\nUsage:\n\n  db [flags]\n    Start it.\n')).toEqual({
    lines: ['flag provided but not defined: -nope'],
    last: false,
  });
});

test('13.3: clients that were refused again and again do not hide what the server does', () => {
  const refused = [1, 2, 3, 4].map((pid) => `12:00:0${pid} [${pid}] FATAL:  the database system is starting up`);
  expect(shownOf(['LOG:  redo starts at 0/3000060', ...refused].join('\n'))).toEqual(['LOG:  redo starts at 0/3000060', refused[3]]);
});

test('a program logs one JSON line each, with the level by its name, from the level that was set', () => {
  const module = new URL('../../common/log.ts', import.meta.url).href;
  const program = `import { stdoutLog } from '${module}'; const log = stdoutLog('warn'); log.info({}, 'no'); log.warn({ host: 'db-1' }, 'yes');`;
  const written = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(JSON.parse(written)).toEqual({ level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), host: 'db-1', msg: 'yes' });
});
