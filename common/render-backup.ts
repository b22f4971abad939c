/** Backups and restores of the controller's store, as people read them: the CLI prints them and the controller's own program. */

import { adoptCommand } from './commands.ts';
import type { BackupDocument, RestoreDocument, StoreHoldings } from './documents/administration.ts';

export function backupLines({ file, bytes, holds }: BackupDocument): readonly string[] {
  return [
    `backup  ${file}`,
    `size    ${bytes} bytes, complete, every audit chain verified`,
    ...holdingLines(holds),
    'not in  the bytes of releases: after a restore, drydock release verify lists those that are missing',
  ];
}

export function restoreLines({ store, from, holds, keptAside }: RestoreDocument): readonly string[] {
  return [
    `store   ${store}`,
    `from    ${from}`,
    ...holdingLines(holds),
    keptAside.length === 0 ? 'before  no store existed' : `before  kept as ${keptAside.join(' and ')}`,
    'next    start the controller, then run: drydock status',
    `        if a run holds with store-behind-fleet, agents did more after this backup was taken: drydock ${adoptCommand}`,
  ];
}

function holdingLines({ schema, runs, openRuns, plans, clusters, audit }: StoreHoldings): readonly string[] {
  const epochs = clusters.map(({ cluster, epoch }) => `${cluster} ${epoch ?? 'none'}`);
  const last = audit.chains.at(-1);
  return [
    `holds   ${count(runs, 'run')} (${openRuns} open), ${count(plans, 'plan')}, ${count(clusters.length, 'cluster')}; schema ${schema}`,
    ...(epochs.length === 0 ? [] : [`epochs  ${epochs.join(', ')}`]),
    `audit   ${count(audit.events, 'event')} in ${count(audit.chains.length, 'chain')}${last === undefined ? '' : `; head of ${last.chain}: ${last.head}`}`,
  ];
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
