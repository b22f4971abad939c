/**
 * No engine's name in the rooms that serve all engines, comments included: what stands there in one engine's words is soon true of that
 * engine alone. First it proves that it bites.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { engineNameFinder } from './engine-names.ts';

const here = new URL('..', import.meta.url).pathname;
/** Another tree may be named, for trying the check. */
const root = process.argv[2] ?? here;
const neutralRooms = ['agent', 'common', 'cli', 'controller', 'proto'];

const engines = readdirSync(join(here, 'engines'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, 'engines', entry.name, 'pack.yaml')))
  .map((entry) => entry.name);
const namesIn = engineNameFinder(engines);

const mustBite = [
  ...engines,
  "if (engine === 'postgresql') return;",
  'const postgresPort = 5432;',
  '/** As pg_control says. */',
  'env.PGDATA',
  '// pg-1 is next',
  'string etcd_member = 1;',
  'interface EtcdctlAnswer {}',
  'const dseHost = DSS_PORT;',
  "run(['/usr/bin/psql'])",
];
const mustPass = ['endsEarly', 'settings.addService(loadedSeen)', 'upgrade', 'the zone of a host', 'const pages = []'];
const blind = mustBite.filter((line) => namesIn(line).length === 0);
const jumpy = mustPass.filter((line) => namesIn(line).length > 0);
if (blind.length + jumpy.length > 0) {
  console.error(`check-engine-names: it does not see ${JSON.stringify(blind)}, and sees something in ${JSON.stringify(jumpy)}`);
  process.exit(1);
}

const files = neutralRooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.binpb'))
    .map((entry) => join(entry.parentPath, entry.name)),
);
const empty = neutralRooms.filter((room) => !files.some((file) => file.startsWith(join(root, room))));
const complaints = [
  ...empty.map((room) => `${room}/ has no files to look at`),
  ...files.flatMap((file) =>
    namesIn(readFileSync(file, 'utf8')).map(({ line, name, text }) => `${relative(root, file)}:${line}: ${name} in: ${text}`),
  ),
];
if (complaints.length > 0) {
  console.error(`An engine is named in a room that serves all of them; say what it is for any engine, or move it into engines/:`);
  console.error(complaints.join('\n'));
  process.exit(1);
}
console.log(`engine names: ${files.length} files of ${neutralRooms.join(', ')} looked at, none stands there`);
