/** What the running server was started with: flags, and a file or its environment. A file makes it ignore its environment. */
import { basename, isAbsolute } from 'node:path';
import { parse } from 'yaml';
import type { DriverContext } from '../../../common/driver.ts';

const probeMs = 5_000;

/** Settings beside the flags, by the names of the flags that they stand for; what they are set to may be secret and is not kept. */
export interface Named {
  /** For a person: where they are set. */
  readonly where: string;
  readonly names: readonly string[];
}

export interface Configured {
  /** Without the program itself. */
  readonly flags: readonly string[];
  readonly named: Named;
}

export async function configuredBy(context: DriverContext): Promise<Configured | { readonly unknown: string }> {
  const { unit } = context.settings;
  const { pid } = await context.host.unitState(unit);
  const flags = pid === null ? null : await runningFlags(context, pid);
  if (pid === null || flags === null)
    return { unknown: `with which flags unit ${unit} runs is not known: its main process is no etcd that can be looked at` };
  const environment = await environmentOf(context, pid);
  if (environment === null) return { unknown: `the environment of unit ${unit} cannot be read, and with it what is set there` };
  const file = flagValue(flags, 'config-file') ?? environment.get('config-file') ?? null;
  if (file === null) return { flags, named: { where: `the environment of unit ${unit}`, names: [...environment.keys()] } };
  const names = await keysOf(context, file);
  if (names === null) return { unknown: `the configuration file ${file} of unit ${unit} cannot be read` };
  return { flags, named: { where: file, names } };
}

/** Null when the process is something else. */
async function runningFlags({ host }: DriverContext, pid: number): Promise<readonly string[] | null> {
  const [program, ...flags] = ((await host.readText(`/proc/${pid}/cmdline`).catch(() => null)) ?? '').split('\0').slice(0, -1);
  return program !== undefined && basename(program) === 'etcd' ? flags : null;
}

/** `ETCD_ENABLE_V2` stands for the flag `enable-v2`. Only the owner of the process may look. */
async function environmentOf({ host, settings }: DriverContext, pid: number): Promise<ReadonlyMap<string, string> | null> {
  const { exitCode, stdout } = await host.run(['cat', `/proc/${pid}/environ`], { timeoutMs: probeMs, asOwnerOf: settings.dataDir });
  if (exitCode !== 0) return null;
  const entries = stdout.split('\0').flatMap((variable): [string, string][] => {
    const [, name, value] = /^ETCD_([A-Z0-9_]+)=(.*)$/s.exec(variable) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase().replaceAll('_', '-'), value]];
  });
  return new Map(entries);
}

/** Value of a flag on a command line; the last one counts. Null: it is not set there. */
export function flagValue(flags: readonly string[], name: string): string | null {
  const at = flags.findLastIndex((flag) => [`-${name}`, `--${name}`].includes(flag.split('=')[0] ?? ''));
  const flag = flags[at];
  if (flag === undefined) return null;
  return flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (flags[at + 1] ?? null);
}

async function keysOf({ host }: DriverContext, file: string): Promise<readonly string[] | null> {
  const text = isAbsolute(file) ? await host.readText(file).catch(() => null) : null;
  if (text === null) return null;
  try {
    const content: unknown = parse(text);
    return typeof content === 'object' && content !== null ? Object.keys(content) : [];
  } catch {
    return null;
  }
}
