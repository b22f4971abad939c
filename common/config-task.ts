/** What becomes of a configuration file on the way to another version, and how a person reads it. PURE. */

/** What becomes of a configuration file on the way over a hop. */
export interface ConfigTask {
  /** `require`: the database needs it, and only a person knows its value. */
  readonly op: 'set' | 'rename' | 'remove' | 'require';
  readonly keys: readonly string[];
  /** By key: the value that is set, or the new name. */
  readonly to?: Readonly<Record<string, string>>;
  /** What the new name's value says and the old one's left out: `ms`. */
  readonly unit?: string;
  /** Name of the file, without its folder. */
  readonly file: string;
  /** The version takes the file as it is: it is done only when a person asks. */
  readonly optional?: true;
  readonly why: string;
  readonly source: string;
}

/** Of what is optional, a few stand for all. */
const fewKeys = 3;

/** `db.yaml: remove one_key, other_key: why`. `all`: every key is named, however many there are. */
export function configTaskText({ op, keys, to = {}, unit, file, optional, why }: ConfigTask, all = true): string {
  const named = keys.map((key) => (op === 'set' ? `${key} = ${to[key] ?? ''}` : op === 'rename' ? `${key} to ${to[key] ?? ''}` : key));
  const isLong = optional === true && !all && named.length > fewKeys;
  const shown = isLong ? `${named.slice(0, fewKeys).join(', ')} and ${named.length - fewKeys} more` : named.join(', ');
  return `${file}: ${optional === true ? 'optional: ' : ''}${op} ${shown}${unit === undefined ? '' : `, with the unit ${unit}`}: ${why}`;
}

/** As a plan names one that no agent carries out, among its risks. */
export function byHandRisk(task: ConfigTask): string {
  return `manual task, on each host: ${configTaskText(task)}`;
}
