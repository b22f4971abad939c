/** How a command of the line is carried out. */
import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { GlobalOptions, Session } from '../session.ts';

/** What a command does; no exit code means that it went well. */
export type Work = (session: Session) => Promise<ExitCode | undefined> | Promise<void>;
export type Carry = (options: GlobalOptions, work: Work) => Promise<void>;
export type Go = (command: Command, work: Work) => Promise<void>;
