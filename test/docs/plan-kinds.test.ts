/** docs/plan-kinds.md: what it shows is what the command line prints on the toy engine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drydock } from '../cli/captured-io.ts';
import { openQuay, type QuayKind, quayKinds } from '../quay/open.ts';
import { openDoor } from '../server/door.ts';

const file = new URL('../../docs/plan-kinds.md', import.meta.url);
const page = readFileSync(file, 'utf8');

interface Shown {
  readonly kind: QuayKind;
  readonly command: string;
  readonly output: string;
}

/** Every console block after the heading of its kind. */
function shownOn(text: string): readonly Shown[] {
  const blocks: Shown[] = [];
  for (const [, kind = '', body = ''] of text.matchAll(/^## ([a-z-]+)$([\s\S]*?)(?=^## |$(?![\s\S]))/gm))
    for (const [, command = '', output = ''] of body.matchAll(/```console\n\$ drydock (.*)\n([\s\S]*?)```/g))
      blocks.push({ kind: kind as QuayKind, command, output });
  return blocks;
}

/** What differs from run to run. */
const plain = (text: string): string =>
  text
    .replaceAll(/p-[A-Z0-9]{5}/g, 'p-QUAY1')
    .replaceAll(/r-\d+-[0-9a-f]+/g, 'r-1')
    .replaceAll(/sha256:[0-9a-f]{12}…/g, 'sha256:000000000000…')
    .replaceAll(/sha256:[0-9a-f]{64}/g, `sha256:${'0'.repeat(64)}`);

const refreshed = process.env.UPDATE_PAGES === '1';

describe('14: docs/plan-kinds.md', () => {
  test('shows a plan of every kind', () => {
    const planned = shownOn(page).filter(({ command }) => command.startsWith('plan '));
    expect(planned.map(({ kind }) => kind)).toEqual(Object.keys(quayKinds));
  });

  test.each(Object.keys(quayKinds) as QuayKind[])('prints what it shows: %s', async (kind) => {
    await using stage = await openQuay(kind);
    await using door = await openDoor({ runs: stage.controller.runs, plans: stage.controller.plans, history: stage.controller.store });
    const [plan, run] = [{ id: '' }, { id: '' }];
    for (const { command, output } of shownOn(page).filter((shown) => shown.kind === kind)) {
      const words =
        command
          .replaceAll('p-QUAY1', plan.id)
          .replaceAll('r-1', run.id)
          .match(/"[^"]*"|\S+/g) ?? [];
      const argv = words.map((word) => word.replaceAll('"', ''));
      const ran = await drydock(argv, { env: { DRYDOCK_CONTROLLER: door.server.address } });
      const written = `${ran.stdout}${ran.stderr}`;
      plan.id ||= /p-[A-Z0-9]{5}/.exec(written)?.[0] ?? '';
      run.id ||= (await stage.controller.store.runs({ openOnly: false }))[0]?.runId ?? '';
      if (refreshed)
        writeFileSync(
          file,
          readFileSync(file, 'utf8').replace(`$ drydock ${command}\n${output}`, `$ drydock ${command}\n${plain(written)}`),
        );
      else expect(plain(written), command).toBe(output);
      // Until nothing more goes on without a word.
      if (run.id !== '')
        await stage.until(async () => {
          const { state, holds } = await stage.controller.runs.getRun(run.id);
          return state !== 'active' || holds.some(({ releasedBy }) => releasedBy === 'person');
        }, 1_200);
    }
  });
});
