/** Whether this user could work in a folder, found out without making or writing anything. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemReason } from './file-obstacle.ts';

export interface WantedFolder {
  /** As the settings call it. */
  readonly field: string;
  readonly path: string;
  /** `made`: it may be missing, for the program makes it. */
  readonly need: 'readable' | 'writable' | 'made';
}

/** null: nothing is in the way. */
export function folderFault({ field, path, need }: WantedFolder): string | null {
  const access = constants.X_OK | (need === 'readable' ? constants.R_OK : constants.R_OK | constants.W_OK);
  const remedy = `give it to the user that this program runs as, or set another ${field}`;
  try {
    if (!statSync(path).isDirectory()) return `${field}: ${path} is no folder; set another one`;
    accessSync(path, access);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && need === 'made' && dirname(path) !== path) return cannotMake({ field, path, need }, dirname(path));
    const what =
      code === 'ENOENT' ? 'is not there; make it' : `cannot be ${need === 'readable' ? 'read' : 'written'}: ${systemReason(error)}`;
    return `${field}: ${path} ${what}, or ${code === 'ENOENT' ? `set another ${field}` : remedy}`;
  }
}

/** Of the nearest folder above that is there. */
function cannotMake(wanted: WantedFolder, above: string): string | null {
  try {
    if (!statSync(above).isDirectory()) return `${wanted.field}: ${wanted.path} cannot be made: ${above} is no folder; set another one`;
    accessSync(above, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(above) !== above) return cannotMake(wanted, dirname(above));
    return `${wanted.field}: ${wanted.path} cannot be made in ${above}: ${systemReason(error)}; make it for the user that this program runs as`;
  }
}
