/** Settings of the controller: /etc/drydock/controller.yaml, then controller.d/*.yaml. After start only the checked form exists. */
import { join } from 'node:path';
import { z } from 'zod';
import { FailureError } from '../common/failure.ts';
import { type LoadedSettings, loadSettings } from '../common/settings.ts';
import { defaultAddress } from '../proto/channel.ts';
import { externalChecks } from './external/settings.ts';
import { parseListenAddress } from './server/listener.ts';

const folder = z.string().regex(/^\/(?!.*(^|\/)\.\.(\/|$)).*$/s, 'expected an absolute path without ..');
const file = folder;
const address = z.string().superRefine((text, context) => {
  try {
    parseListenAddress(text);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

const schema = z
  .strictObject({
    /** Where agents and people connect to. */
    listen: address.default(defaultAddress),
    /** Holds the store and, unless said otherwise, the artifacts. */
    stateDir: folder,
    artifactsDir: folder.optional(),
    /** Serves GET /metrics and /healthz there; not served when absent. */
    metrics: address.optional(),
    /** The pace that agents are asked to beat at; three beats without a word and an agent counts as lost. */
    beatMs: z.number().int().min(100, 'expected at least 100 ms').max(300_000, 'expected at most 5 minutes').default(15_000),
    /** The listening address is written here once everything is up; for scripts that start a controller on port 0. */
    readyFile: file.optional(),
    /** What plans ask of other systems before and while they are carried out; none when absent. */
    externalChecks: externalChecks.default([]),
    logLevel: z.enum(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error').default('info'),
  })
  .transform((settings) => ({ ...settings, artifactsDir: settings.artifactsDir ?? join(settings.stateDir, 'artifacts') }));

export type ControllerSettings = z.output<typeof schema>;

/** Reads, merges and checks. Throws FailureError(usage, `bad-settings`); each line names file, line and field. */
export function loadControllerSettings(path: string): LoadedSettings<ControllerSettings> {
  const dropInDir = path.endsWith('.yaml') ? `${path.slice(0, -'.yaml'.length)}.d` : null;
  return loadSettings({ file: path, dropInDir, schema });
}
