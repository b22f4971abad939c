/** Before the first file: programs that are compiled anew at each start, for want of a build, cost every command a second of a core. */
import { execFileSync } from 'node:child_process';
import { isBuilt, root } from '../../demo/programs.ts';

export default function buildOnce(): void {
  if (isBuilt('drydock-controller')) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
}
