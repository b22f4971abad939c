/** PURE. What the fleet bench prints: a row per figure, a column per size, and how the figure grows with the fleet. */
import type { ArtifactFigures } from './artifact.ts';
import type { HostileFigures } from './hostile.ts';
import type { RunsFigures } from './runs.ts';
import type { ListFigure, SizeFigures } from './sizes.ts';

interface Row {
  readonly name: string;
  readonly of: (figures: SizeFigures) => number | null;
  readonly shown: (value: number) => string;
  readonly grows?: boolean;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

export function printSizes(sizes: readonly SizeFigures[]): string {
  const lists = sizes[0]?.lists.map(({ command }) => command) ?? [];
  const list = (figures: SizeFigures, command: string) => figures.lists.find((each) => each.command === command);
  const rows: readonly Row[] = [
    { name: 'admitted, all', of: ({ admittedMs }) => admittedMs, shown: seconds },
    { name: 'a bare server, CPU per agent', of: ({ bareMs }) => bareMs, shown: ms },
    { name: 'admission, CPU per agent', of: ({ admissionCpuMs }) => admissionCpuMs, shown: ms },
    { name: 'idle CPU of a core', of: ({ idleCpu }) => idleCpu, shown: (value) => `${value.toFixed(2)} %`, grows: true },
    { name: 'idle, longest block of the loop', of: ({ idleLoop }) => idleLoop.maxMs, shown: ms },
    { name: 'RSS', of: ({ rssBytes }) => rssBytes / 1e6, shown: (value) => `${value.toFixed(0)} MB`, grows: true },
    ...lists.flatMap((command): readonly Row[] => [
      { name: command, of: (figures) => list(figures, command)?.ms ?? null, shown: seconds, grows: true },
      { name: '  CPU, of the command and the controller', of: (figures) => list(figures, command)?.cpuMs ?? null, shown: ms },
      { name: '  without what idles meanwhile', of: (figures) => withoutIdle(figures, list(figures, command)), shown: ms },
      { name: '  longest block of the loop', of: (figures) => list(figures, command)?.loopMs ?? null, shown: ms },
      { name: '  of it CPU', of: (figures) => list(figures, command)?.computedMs ?? null, shown: ms },
      { name: '  streams lost', of: (figures) => list(figures, command)?.lost ?? null, shown: String },
    ]),
    { name: 'scrape of /metrics', of: ({ scrapeMs }) => scrapeMs, shown: ms, grows: true },
    { name: '  bytes', of: ({ scrapeBytes }) => scrapeBytes, shown: String, grows: true },
    { name: 'all back after kill -9', of: ({ backMs }) => backMs, shown: seconds },
    { name: '  CPU per agent', of: ({ backCpuMs }) => backCpuMs, shown: ms },
    { name: '  of it beats and facts of those that were back', of: ({ backIdleMs }) => backIdleMs, shown: ms },
    {
      name: '  the rest, against a bare server',
      of: ({ backCpuMs, backIdleMs, bareMs }) => (backCpuMs - backIdleMs) / bareMs,
      shown: (value) => value.toFixed(2),
    },
    { name: '  longest block of the loop', of: ({ backLoop }) => backLoop.maxMs, shown: ms },
    { name: '  of it CPU', of: ({ backLoop }) => backLoop.computedMs, shown: ms },
    { name: '  longest garbage collection', of: ({ backLoop }) => backLoop.collectedMs, shown: ms },
  ];
  const table = [
    ['FIGURE', ...sizes.map(({ agents }) => `${agents} agents`), 'EXPONENT'],
    ...rows.map((row) => [
      row.name,
      ...sizes.map((figures) => {
        const value = row.of(figures);
        return value === null ? 'failed' : row.shown(value);
      }),
      row.grows === true ? exponent(sizes, row.of) : '',
    ]),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What the list alone computes: what a fleet that is not asked costs the controller in as long a time is taken off. */
function withoutIdle({ idleCpu }: SizeFigures, figure: ListFigure | undefined): number | null {
  return figure === undefined || figure.ms === null ? null : figure.cpuMs - (idleCpu / 100) * figure.ms;
}

/** Many runs at once beside one alone. */
export function printRuns({ runs, ended, breaches, ...figures }: RunsFigures): string {
  const ends = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
  const ratio = (together: number, alone: number) => `${(together / alone).toFixed(2)} x one alone`;
  return [
    `one run alone: ${seconds(figures.aloneMs)}, ${ms(figures.aloneCpuMs)} of the controller's CPU`,
    `${runs} runs at once: ${seconds(figures.togetherMs)} (${ratio(figures.togetherMs, figures.aloneMs)}), ${ms(figures.eachCpuMs)} of CPU each (${ratio(figures.eachCpuMs, figures.aloneCpuMs)})`,
    `  ended: ${ends.join(', ')}; two primaries at once: ${breaches}`,
    `  longest block of the loop ${ms(figures.loopMs)}, of it CPU ${ms(figures.computedMs)}`,
  ].join('\n');
}

/** One artifact to many hosts beside the same to one. */
export function printArtifact({ bytes, hosts, rssBytes, ...figures }: ArtifactFigures): string {
  const [before, after] = rssBytes.map((rss) => (rss / 1e6).toFixed(0));
  return [
    `${bytes / 1024 / 1024} MiB to one host: ${seconds(figures.oneMs)}, ${ms(figures.oneCpuMs)} of the controller's CPU`,
    `to ${hosts} at once: ${seconds(figures.allMs)} (${(figures.allMs / figures.oneMs).toFixed(1)} x to one), ${ms(figures.allCpuMs / hosts)} of CPU for each (${(figures.allCpuMs / hosts / figures.oneCpuMs).toFixed(2)} x to one)`,
    `the same over bare TLS: ${seconds(figures.bareOneMs)}, ${seconds(figures.bareAllMs)} (${(figures.bareAllMs / figures.bareOneMs).toFixed(1)} x); the product takes ${(figures.oneMs / figures.bareOneMs).toFixed(1)} x as long for one, ${(figures.allMs / figures.bareAllMs).toFixed(1)} x for all`,
    `  RSS of the controller: ${before} MB before, ${after} MB after`,
  ].join('\n');
}

/** Runs beside attackers, and alone. */
export function printHostile({ aloneMs, besideMs, ended, attackCpu, loopMs, computedMs, messages, unread }: HostileFigures): string {
  const ends = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
  const [alone, beside] = loopMs.map((each, at) => `${ms(each)} (of it CPU ${ms(computedMs[at] ?? 0)})`);
  return [
    `a run alone: ${seconds(aloneMs)}; beside a hostile agent, bad connections and clients that never read: ${seconds(besideMs)} (${(besideMs / aloneMs).toFixed(2)} x)`,
    `  ended: ${ends.join(', ')}; longest block of the loop ${alone} alone, ${beside} beside them, who took ${attackCpu.toFixed(0)} % of a core`,
    `  ${messages.toFixed(0)} messages a second, ${unread.toFixed(0)} answers unread`,
  ].join('\n');
}

/** Slope between the smallest and the largest fleet, both axes logarithmic: 1 grows with the fleet, 2 with its square. */
function exponent(sizes: readonly SizeFigures[], of: Row['of']): string {
  const [least, most] = [sizes[0], sizes.at(-1)];
  if (least === undefined || most === undefined || least.agents === most.agents) return '';
  const [from, to] = [of(least), of(most)];
  if (from === null || to === null || from <= 0 || to <= 0) return '–';
  return (Math.log(to / from) / Math.log(most.agents / least.agents)).toFixed(2);
}
