/** What every list of history takes: which rows, and how many of them. */
import type { Command } from 'commander';
import { parseCount, parseSince, type Since } from './arguments.ts';
import type { WatchedOption } from './watch/watch-list.ts';

export interface ListOptions extends WatchedOption {
  readonly selector?: string;
  readonly cluster?: string;
  readonly state?: string;
  readonly engine?: string;
  readonly to?: string;
  readonly since?: Since;
  readonly limit: number;
}

const defaultLimit = 50;

/** @param rows `runs of clusters` */
export const selectorOption = (rows: string) =>
  ['-l, --selector <labels>', `only ${rows} with these labels, for example env=prod,tier!=gold,!legacy`] as const;
/** @param rows `snapshots` */
export const engineOption = (rows: string) => ['--engine <engine>', `only ${rows} of this engine`] as const;
export const watchOption = ['-w, --watch', 'print the list again whenever it changes, until Ctrl-C'] as const;

/** @param rows `runs` */
export function withListOptions(command: Command, rows: string): Command {
  return command
    .option('--cluster <name>', `only ${rows} of this cluster`)
    .option(
      '--state <state>',
      `only ${rows} in this state: draft, approved, active, unfinalized, done, rolled-back, aborted, stuck, or open (not ended)`,
    )
    .option(...engineOption(rows))
    .option('--to <version>', `only ${rows} to this version`)
    .option(...selectorOption(`${rows} of clusters`))
    .option('--since <time>', `only ${rows} since this time: 24h, 7d, 2026-11-20`, parseSince)
    .option('-n, --limit <count>', 'how many to list, newest first', parseCount, defaultLimit)
    .option(...watchOption);
}
