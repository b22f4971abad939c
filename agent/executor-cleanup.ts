/** `cleanup previous-release`: the rollback is given up and its folder goes. Asked again, there is nothing left to remove. */
import { failure } from '../common/failure.ts';
import { forgetRestores } from './downtime-restore.ts';
import { contextOf } from './facts.ts';
import type { BodyOf, Ending, OrderRun } from './order-run.ts';

export async function carryOutReleaseCleanup(
  run: OrderRun,
  body: Extract<BodyOf<'cleanup'>, { part: 'previous-release' }>,
): Promise<Ending> {
  const { instance, releasesDir } = run.instance.settings;
  const { current, installed } = await run.host.releasesSeen(releasesDir);
  if (current !== body.keepRelease)
    return {
      outcome: 'refused',
      failure: failure(
        'refused',
        'facts-changed',
        `${instance}: release ${current ?? '(none)'} is current, not ${body.keepRelease}: nothing was removed`,
      ),
      findings: [],
    };
  for (const release of installed) if (release !== body.keepRelease) await run.host.removeRelease(releasesDir, release);
  await forgetRestores(run);
  await run.instance.driver.config?.forget(await contextOf(run, run.instance));
  return { outcome: 'done', findings: [] };
}
