/** Ansible for the bench: packages of fixed versions in a folder of their own outside the clone, made when it is first wanted. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As they are asked of the package index. */
export const packageNames = ['ansible-core==2.18.19', 'pg8000==1.31.6'] as const;

/** Folder with the programs; or a sentence why they are not to be had here. */
export function ansiblePrograms(): { readonly bin: string } | string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock');
  const venv = join(cache, packageNames.join('-'));
  const bin = join(venv, 'bin');
  const made = join(venv, 'made');
  if (existsSync(made)) return { bin };
  rmSync(venv, { recursive: true, force: true }); // what an earlier attempt left
  for (const [program, ...args] of [
    ['python3', '-m', 'venv', venv],
    [join(bin, 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...packageNames],
  ] as const) {
    const { status, error, stderr, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    if (status === 0) continue;
    const why = error?.message ?? `ended with ${status}: ${`${stdout}${stderr}`.trim().split('\n').at(-1)}`;
    return `Ansible is not here: ${program} ${args.slice(0, 2).join(' ')}: ${why}; python3 with venv (Debian: python3-venv) and a package index are needed`;
  }
  writeFileSync(made, '');
  return { bin };
}
