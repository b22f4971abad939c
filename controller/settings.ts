/** Settings of the controller: /etc/drydock/controller.yaml, then controller.d/*.yaml. After start only the checked form exists. */
import { join } from 'node:path';
import { z } from 'zod';
import { FailureError } from '../common/failure.ts';
import { agentCertificateMs, humanCertificateMs } from '../common/identity/certificates.ts';
import { selector } from '../common/labels.ts';
import { keptFor } from '../common/retention.ts';
import { type LoadedSettings, loadSettings } from '../common/settings.ts';
import { defaultAddress } from '../proto/channel.ts';
import { externalChecks } from './external/questions.ts';
import { parseListenAddress, requireLoopback } from './server/listener.ts';

const folder = z.string().regex(/^\/(?!.*(^|\/)\.\.(\/|$)).*$/s, 'expected an absolute path without ..');
const file = folder;
const addressWhere = (check: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      check(text);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

const hourMs = 3_600_000;
/** Longer ones would outlive what a revocation list can be trusted to remember. */
const hours = z
  .number()
  .min(1, 'expected at least one hour')
  .max(90 * 24, 'expected at most 90 days');

/** An agent that was away reports late, and people look back at what ran this month. */
const leastReceiptDays = 7;
const leastRunDays = 30;

const schema = z
  .strictObject({
    /** Where agents and people connect to. */
    listen: addressWhere(parseListenAddress).default(defaultAddress),
    /** Holds the store and, unless said otherwise, the artifacts. */
    stateDir: folder,
    artifactsDir: folder.optional(),
    /** Serves GET /metrics and /healthz there; not served when absent. */
    metrics: addressWhere((text) => requireLoopback(parseListenAddress(text))).optional(),
    /** The pace that agents are asked to beat at; three beats without a word and an agent counts as lost. */
    beatMs: z.number().int().min(100, 'expected at least 100 ms').max(300_000, 'expected at most 5 minutes').default(15_000),
    /** The listening address is written here once everything is up; for scripts that start a controller on port 0. */
    readyFile: file.optional(),
    /** Holds the controller's identity and the fleet's certificate authority; drydock-controller init makes it. */
    trustDir: folder.optional(),
    /** How long certificates live; they are renewed at two thirds. */
    certificates: z
      .strictObject({ agentHours: hours.default(agentCertificateMs / hourMs), personHours: hours.default(humanCertificateMs / hourMs) })
      .prefault({}),
    /** How long what is over is kept: receipts and admissions of ended runs, no longer than the runs themselves. Audit chains stay. */
    retention: z
      .strictObject({ receipts: keptFor(leastReceiptDays).default('90d'), runs: keptFor(leastRunDays).default('400d') })
      .prefault({}),
    /** Plans of clusters with these labels are approved, confirmed and finalized by somebody else than who made them: `env=prod`. */
    fourEyes: selector.optional(),
    /** What plans ask of other systems before and while they are carried out; none when absent. */
    externalChecks: externalChecks.default([]),
    logLevel: z.enum(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error').default('info'),
  })
  .transform((settings) => ({
    ...settings,
    artifactsDir: settings.artifactsDir ?? join(settings.stateDir, 'artifacts'),
    trustDir: settings.trustDir ?? join(settings.stateDir, 'trust'),
  }));

export type ControllerSettings = z.output<typeof schema>;

/** Reads, merges and checks. Throws FailureError(usage, `bad-settings`); each line names file, line and field. */
export function loadControllerSettings(path: string): LoadedSettings<ControllerSettings> {
  const dropInDir = path.endsWith('.yaml') ? `${path.slice(0, -'.yaml'.length)}.d` : null;
  return loadSettings({ file: path, dropInDir, schema });
}
