/** Finds the names of databases and of their tools in a text, also inside identifiers: `postgresPort`, `PGDATA`, `etcd_member`. */

/** What databases and their tools are called besides the name of their folder. */
const nicknames = ['postgres', 'pg', 'psql', 'libpq', 'cockroach', 'crdb', 'datastax', 'nodetool', 'dataiku', 'hadoop'];

/** Shorter names are part of other words (`endsEarly` is no `dse`): they count where they are a word of their own. */
const tellingLength = 4;

export interface NameFound {
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

/** Looks for the engines with these folders and for what else they are called. */
export function engineNameFinder(folders: readonly string[]): (text: string) => readonly NameFound[] {
  const names = [...new Set([...folders.flatMap((folder) => folder.split('-')), ...nicknames])];
  const nameIn = (word: string) => names.find((name) => (name.length < tellingLength ? word === name : word.includes(name)));
  return (text) =>
    text.split('\n').flatMap((line, index) => {
      const name = textOf(line)
        .map(nameIn)
        .find((found) => found !== undefined);
      return name === undefined ? [] : [{ line: index + 1, name, text: line.trim() }];
    });
}

/** `dseHost` and `DSE_HOST` to `dse`, `host`; `PGDATA` to `pg`, `data`, as all variables of that library begin so. */
function textOf(line: string): readonly string[] {
  const words = line.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return words.map((word) => word.toLowerCase()).flatMap((word) => (word.startsWith('pg') ? ['pg', word.slice(2)] : [word]));
}
