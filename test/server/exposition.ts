/** The text format of Prometheus, as far as tests read it. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** What HELP and TYPE lines declare. */
export function familiesIn(text: string): readonly Family[] {
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help] as const));
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type, help: helps.get(name) ?? '' }));
}

/** Values by series, as they are written: `drydock_open_runs{state="active"}`. */
export function samplesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const));
}
