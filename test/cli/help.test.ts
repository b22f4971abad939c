import { describe, expect, test } from 'vitest';
import { drydock } from './captured-io.ts';

const commands = [
  [],
  ['path'],
  ['cluster'],
  ['cluster', 'list'],
  ['cluster', 'show'],
  ['cluster', 'adopt'],
  ['cluster', 'label'],
  ['cluster', 'nodes'],
  ['cluster', 'forget'],
  ['host'],
  ['host', 'list'],
  ['host', 'show'],
  ['host', 'forget'],
  ['release'],
  ['release', 'add'],
  ['release', 'list'],
  ['release', 'remove'],
  ['release', 'verify'],
  ['snapshot'],
  ['snapshot', 'list'],
  ['snapshot', 'remove'],
  ['rules'],
  ['rules', 'list'],
  ['rules', 'show'],
  ['rules', 'diff'],
  ['rules', 'lint'],
  ['rules', 'import'],
  ['rules', 'revert'],
  ['plan'],
  ['plan', 'list'],
  ['plan', 'show'],
  ['plan', 'diff'],
  ['plan', 'discard'],
  ['restore'],
  ['approve'],
  ['run'],
  ['run', 'list'],
  ['status'],
  ['watch'],
  ['pause'],
  ['resume'],
  ['abort'],
  ['rollback'],
  ['retry'],
  ['resolve'],
  ['confirm'],
  ['exclude'],
  ['finalize'],
  ['controller'],
  ['controller', 'backup'],
  ['controller', 'adopt'],
  ['report'],
  ['bundle'],
  ['version'],
  ['audit'],
  ['login'],
  ['token'],
  ['token', 'create'],
  ['identity'],
  ['identity', 'list'],
  ['identity', 'bind'],
  ['identity', 'unbind'],
  ['identity', 'revoke'],
  ['completion'],
  ['context'],
  ['context', 'list'],
  ['context', 'use'],
  ['context', 'set'],
  ['context', 'remove'],
];

describe('help', () => {
  test.each(commands.map((command) => ({ command, name: ['drydock', ...command].join(' ') })))('of $name', async ({ command, name }) => {
    const ran = await drydock([...command, '--help']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toBe('');
    // The default architecture is this machine's.
    const text = ran.stdout.replace(/\(default: this machine's\)/, '(default)');
    await expect(text).toMatchFileSnapshot(`../golden/cli/help/${name.replaceAll(' ', '-')}.txt`);
  });

  test('is not data when it answers a mistake', async () => {
    const ran = await drydock([]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('Usage: drydock');
  });
});
