/** Run by write-obstacle.test.ts: looks and writes as an ordinary user, which root becomes after it has loaded everything. */
import { execFileSync } from 'node:child_process';
import { replaceDurably, writeAsOwner, writeObstacle } from '../../../agent/host/durable.ts';
import { toFailure } from '../../../common/failure.ts';

const [uid = '', sealed = '', ...paths] = process.argv.slice(2);
// As a unit with ProtectSystem=strict sees what is not among its ReadWritePaths.
if (sealed !== '') for (const how of [['--bind'], ['-o', 'remount,bind,ro']]) execFileSync('mount', [...how, sealed, sealed]);
if (process.geteuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}

const reported = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (thrown: unknown) => toFailure(thrown),
  );

const answers = [];
for (const path of paths) {
  const isFile = path.endsWith('.conf');
  const wrote = await reported(isFile ? replaceDurably(path, 'new') : writeAsOwner(`${path}/note`, 'new', 0o600));
  answers.push({ obstacle: await writeObstacle(path), wrote });
}
process.stdout.write(JSON.stringify(answers));
