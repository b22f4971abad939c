/** Before the first file: programs that are compiled anew at each start, for want of a build, cost every command a second of a core. */
import { execFileSync } from 'node:child_process';
import { isBuilt, sourceArgv } from '../../demo/programs.ts';

export default function buildOnce(): void {
  if (isBuilt('drydock-controller')) return;
  const [program, ...args] = sourceArgv('scripts/build.ts');
  execFileSync(program, args, { stdio: 'inherit' });
}
