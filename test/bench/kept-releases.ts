/** Releases of a fleet that are kept beside it: a roll removes the one that it leaves, and the next roll must find it staged. */
import { cpSync, existsSync, mkdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

interface Hosts {
  readonly layout: { readonly nodes: readonly { readonly name: string; readonly dir: string }[] };
}

/** Keeps what every node runs now, so that a later roll finds it staged, whatever was removed meanwhile. Returns its name. */
export function keepRelease(fleet: Hosts, stash: string): string {
  let name = '';
  for (const node of fleet.layout.nodes) {
    const releases = join(node.dir, 'releases');
    name = readlinkSync(join(releases, 'current'));
    mkdirSync(join(stash, node.name), { recursive: true });
    if (!existsSync(join(stash, node.name, name)))
      cpSync(join(releases, name), join(stash, node.name, name), { recursive: true, verbatimSymlinks: true });
  }
  return name;
}

/** Puts a kept release back beside the current one of every node: staged, for the next roll. */
export function stageAgain(fleet: Hosts, stash: string, release: string): void {
  for (const node of fleet.layout.nodes) {
    const place = join(node.dir, 'releases', release);
    if (!existsSync(place)) cpSync(join(stash, node.name, release), place, { recursive: true, verbatimSymlinks: true });
  }
}

/** Switches a host to a release that lies there, as an admin does it by hand. */
export function activate(releasesDir: string, release: string): void {
  symlinkSync(release, join(releasesDir, 'next'));
  renameSync(join(releasesDir, 'next'), join(releasesDir, 'current'));
}
