/** Writes down what a driver asks of its host, and finds what is not the instance's own. */
import { basename, isAbsolute, normalize } from 'node:path';
import type { DriverHost, InstanceSettings } from '../../common/driver.ts';
import type { Way } from './subject.ts';

/** Programs of the system that only read. A driver that needs another one adds it here, where reviews see it. */
const readers = ['cat', 'od', 'readlink', 'stat', 'tail', 'test'];

export interface Watch {
  readonly way: Way;
  /** Files that were written, replaced or removed. */
  written(): readonly string[];
  /** Whatever was read, run or written outside the instance's folders and beside these paths, by name or as an argument. */
  strangePaths(settings: InstanceSettings, known?: readonly string[]): readonly string[];
  /** Release folders of which anything was run, listed or read. */
  releasesSeen(settings: InstanceSettings): readonly string[];
}

export function watched(): Watch {
  const written: string[] = [];
  const probed: string[] = [];
  const run: string[] = [];
  const host = (real: DriverHost): DriverHost => ({
    run(argv, options) {
      const [program, ...args] = argv;
      if (isAbsolute(program)) probed.push(program);
      else run.push(program);
      probed.push(...args.flatMap(pathsIn));
      return real.run(argv, options);
    },
    readText: (path) => real.readText(note(probed, path)),
    readBytes: (path, fromByte, maxBytes) => real.readBytes(note(probed, path), fromByte, maxBytes),
    listDir: (path) => real.listDir(note(probed, path)),
    writeObstacle: (path) => real.writeObstacle(note(probed, path)),
    unitState: (unit) => real.unitState(unit),
    writeText: (path, text, mode) => real.writeText(note(written, path), text, mode),
    replaceText: (path, text) => real.replaceText(note(written, path), text),
    removeFile: (path) => real.removeFile(note(written, path)),
  });
  return {
    way: { signal: new AbortController().signal, host, port: async (real) => real },
    written: () => [...new Set(written)],
    strangePaths(settings, known = []) {
      const own = [settings.dataDir, settings.releasesDir, settings.snapshotsDir, '/proc', ...namedIn(settings.connection)];
      if (settings.configFile !== undefined) own.push(settings.configFile);
      const strange = [...probed, ...written].filter((path) => !known.includes(path) && !own.some((folder) => isWithin(folder, path)));
      return [...new Set([...strange, ...run.filter((program) => !readers.includes(program))])];
    },
    releasesSeen({ releasesDir }) {
      const names = probed.flatMap((path) => (isWithin(releasesDir, path) ? [normalize(path).slice(releasesDir.length + 1)] : []));
      return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].filter((name) => name !== '' && !basename(name).startsWith('.'));
    },
  };
}

function note(list: string[], path: string): string {
  list.push(path);
  return path;
}

/** `/srv/x`, `--data-dir=/srv/x`, `config_file=/srv/x`. */
function pathsIn(argument: string): readonly string[] {
  const match = /(?:^|=)(\/[^\s,]+)$/.exec(argument);
  return match?.[1] === undefined ? [] : [match[1]];
}

/** Files that the agent's settings name: passwords, certificates, a log elsewhere. */
function namedIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return isAbsolute(value) ? [value] : [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(namedIn) : [];
}

function isWithin(folder: string, path: string): boolean {
  const whole = normalize(path);
  return whole === folder || whole.startsWith(`${folder}/`);
}
