/** Changes of postgresql.conf on this host. */
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import { postgresqlConfFormat } from '../../kit/config/postgresql-conf-format.ts';
import { type ConfigDraft, configFile } from '../../kit/host/config-file.ts';
import { refused } from '../../kit/host/failures.ts';
import { guardedSettings } from '../facts.ts';
import { isStandbyAtRest, readControlFile } from '../host/data-folder.ts';
import { configFileOf } from '../host/settings-at-rest.ts';
import { reloadAndProve, verifyActive } from './active.ts';
import { clashes, formProblems } from './changes.ts';
import { judge, tryOut } from './problems.ts';

export const postgresqlConfig = configFile({
  format: postgresqlConfFormat,
  fileOf: configFileOf,
  refusals: (changes, text) => [...formProblems(changes), ...clashes(text, changes)],
  judge,
  tryDry,
  reload: reloadAndProve,
  active: verifyActive,
});

/** A standby below the limits of its primary would not replay on (chapter Hot Standby). Throws `config-refused`, `config-below-primary`. */
async function tryDry(context: DriverContext, { after, keys }: ConfigDraft): Promise<readonly Finding[]> {
  const guarded = guardedSettings.filter((name) => keys.includes(name));
  const { values, complaints } = await tryOut(context, after, guarded);
  const why = `the server's program rejects the new ${configFileOf(context)}: ${complaints.join('; ')}`;
  if (values === null) throw refused(context, 'config-refused', why);
  if (guarded.length === 0 || !(await isStandbyAtRest(context))) return [];
  const control = await readControlFile(context).catch((thrown: unknown) => toFailure(thrown).message);
  if (typeof control === 'string')
    return [{ check: 'config-limits', ok: null, detail: `the limits of the primary are unknown: ${control}` }];
  const { limits } = control;
  const low = guarded.find((name) => Number(values.get(name)) < limits[name]);
  if (low === undefined) return [];
  const sentence = `${low} would be ${values.get(low)}, its primary has ${limits[low]}: replay on this standby would stop; change the primary first`;
  throw refused(context, 'config-below-primary', sentence, { remedy: 'retry' });
}
