/**
 * What a demo host's supervisor understands: one JSON object per line over its unix socket, answered by one line with the same id.
 * It stands where systemd stands on a real host, so it knows units and boots, and nothing of databases.
 */
import { z } from 'zod';

export const verbs = ['start', 'stop', 'state', 'boot', 'reboot'] as const;
export type Verb = (typeof verbs)[number];

export const requestSchema = z
  .object({
    id: z.number().int(),
    verb: z.enum(verbs),
    /** Name of the unit; `boot` and `reboot` are about the host and need none. */
    unit: z.string().min(1).max(200).optional(),
    /** How long `stop` may wait for the unit to be gone, milliseconds. */
    timeoutMs: z.number().int().positive().max(600_000).default(30_000),
    /** What the unit's hold file holds: `start` goes through it then. */
    pass: z.string().min(1).max(200).optional(),
    /** Added to the program's arguments at this `start` alone. */
    flags: z.array(z.string().min(1).max(200)).max(20).default([]),
  })
  .refine((request) => request.unit !== undefined || request.verb === 'boot' || request.verb === 'reboot', {
    message: 'unit is missing',
    path: ['unit'],
  });
export type Request = z.infer<typeof requestSchema>;

export interface UnitState {
  readonly active: boolean;
  /** Hex; a new one at every start. null: never started in this boot. */
  readonly invocationId: string | null;
  readonly pid: number | null;
  /** Of the last life that ended; null: runs, never ran, or was ended by a signal. */
  readonly exitCode: number | null;
  /** Hex; a new one at every start of the supervisor and at every `reboot`. */
  readonly bootId: string;
  /** The file that the unit's starts heed; null: none. */
  readonly lockFile: string | null;
  /** What its program writes goes there; null: of no unit. */
  readonly logFile: string | null;
}

export const refusals = ['unknown-unit', 'stop-timeout', 'exited-at-once', 'held', 'bad-request'] as const;
export type Refusal = (typeof refusals)[number];

export type Reply =
  | { readonly id: number | null; readonly ok: true; readonly state: UnitState }
  | { readonly id: number | null; readonly ok: false; readonly code: Refusal; readonly failure: string };

/** A unit as the supervisor's settings file describes it. */
export const unitSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.@_-]{0,99}$/, 'lower-case letters, digits, . @ _ -'),
  argv: z.array(z.string()).min(1),
  /** Asks the main process to end: SIGINT is PostgreSQL's fast shutdown. */
  stopSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']).default('SIGTERM'),
  /** Unprivileged account to run under; only root can change it. */
  uid: z.number().int().nonnegative().optional(),
  gid: z.number().int().nonnegative().optional(),
  /** The whole environment besides PATH; nothing is inherited. */
  env: z.record(z.string(), z.string()).default({}),
  /** stdout and stderr are appended here. */
  logFile: z.string(),
  /** Holds the main process's id while the unit is active. */
  pidFile: z.string().optional(),
  /** Started when the supervisor starts and after a reboot. */
  autostart: z.boolean().default(false),
  /** As long as this file is there the unit is not started, by a boot neither; only by a request that shows what is written in it. */
  lockFile: z.string().optional(),
});
export type Unit = z.infer<typeof unitSchema>;
export type UnitInput = z.input<typeof unitSchema>;

export const supervisorSettingsSchema = z.strictObject({
  socket: z.string(),
  units: z.array(unitSchema).min(1),
  /** How long units may take to stop when the supervisor itself ends, before they are killed, milliseconds. */
  closeLimitMs: z.number().int().positive().default(8_000),
});
export type SupervisorSettingsInput = z.input<typeof supervisorSettingsSchema>;
