/** Where the server's own collector writes its log. Source: chapter Error Reporting and Logging, current_logfiles. */
import { join, resolve } from 'node:path';
import type { DriverContext } from '../../common/driver.ts';

/** A server that collects its log makes the file anew at its start, and leaves it behind when it ends; `stderr` stands first in it. */
export async function logFiles({ host, settings }: DriverContext): Promise<readonly string[]> {
  const text = (await host.readText(join(settings.dataDir, 'current_logfiles'))) ?? '';
  return text.split('\n').flatMap((line) => {
    const path = /^(?:stderr|csvlog|jsonlog) (.+)$/.exec(line)?.[1];
    return path === undefined ? [] : [resolve(settings.dataDir, path)];
  });
}
