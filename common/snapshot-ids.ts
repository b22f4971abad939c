/**
 * PURE. Ids of snapshots as 0.1 made them: in its manifests, in what its agents announced and in its plans, the run that made a snapshot stands
 * in the id alone. Read here as these are taken in; everything else has the run as a field.
 */

/** @param id `<run>.<instance>`; ids of runs have no dot */
export function runOfOldId(id: string): string {
  return id.split('.')[0] ?? '';
}
