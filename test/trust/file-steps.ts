/** Steps of a change of files that end at a chosen one, as a crash or a power loss would. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FileSteps, fileSteps } from '../../common/identity/identity-folder.ts';

export class Crash extends Error {}

/** Before step `at` (0 is the first) everything ends. `taken` counts the steps that were carried out. */
export function crashingSteps(at: number): FileSteps & { taken(): number } {
  let taken = 0;
  const step =
    <Args extends readonly unknown[]>(act: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      if (taken === at) throw new Crash(`crash before step ${at}`);
      taken += 1;
      await act(...args);
    };
  return {
    write: step(fileSteps.write),
    rename: step(fileSteps.rename),
    syncFolder: step(fileSteps.syncFolder),
    remove: step(fileSteps.remove),
    taken: () => taken,
  };
}

/** Like a crash, and what no folder sync made durable is as it was at the last one. `disk`: a folder that nothing else uses. */
export function powerLossSteps(at: number, folder: string, disk: string): FileSteps & { lose(): void } {
  const steps = crashingSteps(at);
  const keep = () => {
    rmSync(disk, { recursive: true, force: true });
    if (existsSync(folder)) cpSync(folder, disk, { recursive: true });
  };
  keep();
  return {
    ...steps,
    async syncFolder(synced) {
      await steps.syncFolder(synced);
      if (synced === folder || dirname(synced) === folder) keep();
    },
    lose() {
      rmSync(folder, { recursive: true, force: true });
      if (existsSync(disk) && readdirSync(disk).length > 0) cpSync(disk, folder, { recursive: true });
    },
  };
}
