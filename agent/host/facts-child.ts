/** Runs in the one-shot child `drydock-agent facts`: systeminformation would block the agent's own loop for half a second. */
import { readFile } from 'node:fs/promises';
import { fsSize, mem } from 'systeminformation';

/** Prints one JSON object; `agent/host/host-facts.ts` reads it. */
export async function printHostFacts(print: (line: string) => void): Promise<void> {
  const [os, memory, sizes] = await Promise.all([osName(), mem(), fsSize()]);
  const filesystems = sizes.map(({ mount, type, size }) => ({ mount, type, sizeBytes: size }));
  print(JSON.stringify({ os, arch: process.arch, memoryBytes: memory.total, filesystems }));
}

/** `debian:12`, from the file that the distribution keeps for this. */
async function osName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const id = field('ID');
  const version = field('VERSION_ID');
  return id === '' ? 'unknown' : version === '' ? id : `${id}:${version}`;
}
