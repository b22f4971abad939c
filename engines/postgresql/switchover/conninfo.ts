/** Connection strings of libpq and the file in which the server keeps what ALTER SYSTEM sets. PURE. */

/** `host=10.0.0.1 application_name='pg 2'`, quoted where it must be. Source: libpq, connection strings. */
export function formatConninfo(values: ReadonlyMap<string, string>): string {
  const quoted = (value: string) => `'${value.replaceAll(/['\\]/g, (mark) => `\\${mark}`)}'`;
  return [...values].map(([key, value]) => `${key}=${/^[^\s'\\]+$/.test(value) ? value : quoted(value)}`).join(' ');
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Which keys say where to connect to, and as whom; the others say how to log in. */
const placeKeys: readonly string[] = ['host', 'hostaddr', 'port', 'application_name'];

/** The same way to log in, at another place, under this name. */
export function aimedAt(template: ReadonlyMap<string, string>, place: Place, applicationName: string): ReadonlyMap<string, string> {
  const login = [...template].filter(([key]) => !placeKeys.includes(key));
  return new Map([['host', place.host], ['port', String(place.port)], ['application_name', applicationName], ...login]);
}

/** True when a connection string leads to this place, and to no other one. */
export const leadsTo = (conninfo: ReadonlyMap<string, string>, { host, port }: Place): boolean =>
  conninfo.get('host') === host && !conninfo.has('hostaddr') && (conninfo.get('port') ?? '5432') === String(port);

/**
 * postgresql.auto.conf with these settings changed and every other line kept as it is.
 * Source: write_auto_conf_file and the lexer of src/backend/utils/misc/guc-file.l.
 */
export function withAutoConf(text: string, settings: Readonly<Record<string, string>>): string {
  const kept = text.split('\n').filter((line) => !Object.hasOwn(settings, nameOf(line)));
  if (kept.at(-1) !== '') kept.push('');
  const added = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll(/['\\]/g, (mark) => mark + mark)}'\n`);
  return kept.join('\n') + added.join('');
}

/** The setting that a line is about; empty for comments. Names know no case. */
const nameOf = (line: string): string => /^\s*([A-Za-z_][A-Za-z0-9_.]*)/.exec(line)?.[1]?.toLowerCase() ?? '';
