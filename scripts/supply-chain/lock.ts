/** PURE. What package.json and package-lock.json say of the packages that this program is made of, and what must be true of them. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** Packages that may run scripts while they are installed. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

export interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  /** `sha512-…` in base64. */
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface Lock {
  /** By path: `node_modules/kysely`; the empty one is this package. */
  readonly packages: Readonly<Record<string, Locked>>;
}

export interface Part extends Locked {
  readonly path: string;
  /** As the registry calls it, whatever folder it is in. */
  readonly packageName: string;
}

/** Of what runs in production; a package with another one is a decision that a person takes. */
export const licences: ReadonlySet<string> = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', '0BSD']);

/** Sorted by path; `production`: those that only tools need are left out. */
export function partsOf(lock: Lock, production: boolean): readonly Part[] {
  return Object.entries(lock.packages)
    .filter(([path, part]) => path !== '' && !(production && part.dev === true))
    .map(([path, part]) => ({ ...part, path, packageName: nameOf(path, part) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const nameOf = (path: string, { name }: Locked): string => name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** One sentence for each thing that is not as it must be; empty: all is well. */
export function complaints(manifest: Manifest, lock: Lock): readonly string[] {
  const parts = partsOf(lock, false);
  const listed = Object.entries(manifest.allowScripts ?? {}).flatMap(([name, allowed]) => (allowed ? [name] : []));
  return [
    ...ranges(manifest).map(([name, wanted]) => `package.json: ${name} is ${wanted}, not one version; pin it exactly`),
    ...parts
      .filter((part) => part.hasInstallScript === true && !listed.includes(part.packageName))
      .map(
        ({ packageName }) =>
          `${packageName} runs a script when it is installed and is not in allowScripts of package.json; read the script before it is listed`,
      ),
    ...listed
      .filter((name) => !parts.some((part) => part.packageName === name))
      .map((name) => `allowScripts of package.json lists ${name}, which is not installed; remove it`),
    ...partsOf(lock, true)
      .filter(({ license }) => license === undefined || !licences.has(license))
      .map(
        ({ packageName, license }) =>
          `${packageName} has the licence ${license ?? 'unknown'}, which is not among ${[...licences].join(', ')}`,
      ),
    ...partsOf(lock, true)
      .filter(({ integrity }) => integrity === undefined)
      .map(({ packageName }) => `package-lock.json has no digest of ${packageName}; npm run lock`),
  ];
}

function ranges({ dependencies, devDependencies, optionalDependencies }: Manifest): readonly (readonly [string, string])[] {
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  return all.filter(([, wanted]) => !/^(npm:@?[^@]+@)?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/.test(wanted));
}
