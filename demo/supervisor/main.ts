/**
 * `main.ts SETTINGS [--with-parent]`: the supervisor of one demo host. It ends its units and itself on SIGTERM or SIGINT and,
 * with --with-parent, when its stdin closes: the process that started it is gone then, and nothing may be left behind.
 */
import { readFileSync, rmSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { systemClock } from '../../common/clock.ts';
import { plainText } from '../../common/plain-text.ts';
import { supervisorSettingsSchema } from './protocol.ts';
import { listen } from './server.ts';
import { superviseUnits } from './units.ts';

async function main(settingsPath: string, withParent: boolean): Promise<void> {
  const settings = supervisorSettingsSchema.safeParse(parse(readFileSync(settingsPath, 'utf8')), plainText);
  if (!settings.success) throw new Error(`${settingsPath}: ${z.prettifyError(settings.error)}`);
  process.umask(0o022); // as systemd does: what units make can be read, whatever the person's own mask
  const { socket, units, closeLimitMs } = settings.data;
  const table = superviseUnits(units, systemClock);
  const server = await listen(socket, table);

  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    server.close();
    await table.close(closeLimitMs);
    rmSync(socket, { force: true });
    process.exit(0);
  };
  process.on('SIGTERM', () => void close());
  process.on('SIGINT', () => void close());
  if (withParent) process.stdin.on('close', () => void close()).resume();

  await table.startAutostarted();
  console.log('ready'); // the process that started this one waits for this line
}

const [settingsPath = '', flag] = process.argv.slice(2);
main(settingsPath, flag === '--with-parent').catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(2);
});
