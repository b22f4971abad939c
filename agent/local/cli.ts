/** The commands of a person on the host: asks the running agent, or does it without one; texts for people, documents for programs. */
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { fail } from '../../common/failure.ts';
import { silentLog } from '../../common/log.ts';
import { jsonText, printable } from '../../common/printable.ts';
import { yamlText } from '../../common/yaml-text.ts';
import { answerWithoutAgent } from '../run-agent.ts';
import type { AgentSettings } from '../settings.ts';
import { askRunningAgent, doorPath, type LocalRequest } from './door.ts';
import type { RevertPreview } from './revert.ts';
import type { LocalStatus } from './status.ts';
import { endLines, previewLines, statusLines } from './text.ts';
import type { LocalEnd } from './verbs.ts';

/** What of the process the commands touch. */
export interface LocalIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

export interface LocalOptions {
  readonly output: 'table' | 'json' | 'yaml';
  /** As it must be typed here, for commands that are printed. */
  readonly commandName: string;
}

/** Each resolves with the exit code. */
export interface LocalCommands {
  status(): Promise<number>;
  finish(orderId: string): Promise<number>;
  revert(instance: string, yes: boolean): Promise<number>;
  release(subject: string): Promise<number>;
}

export function localCommands(settings: AgentSettings, io: LocalIo, { output, commandName }: LocalOptions): LocalCommands {
  const answer = async (
    verb: LocalRequest['verb'],
    subject: string,
  ): Promise<{ readonly result: unknown; readonly agentRuns: boolean }> => {
    const request = { verb, subject, actor: userInfo().username };
    const answered = await askRunningAgent(doorPath(settings), request);
    if (answered !== null) return { ...answered, agentRuns: true };
    return { result: await answerWithoutAgent(settings, request, silentLog), agentRuns: false };
  };
  const ask = async <T>(verb: LocalRequest['verb'], subject: string): Promise<T> => (await answer(verb, subject)).result as T;
  const print = <T>(document: T, lines: (document: T) => readonly string[]) => {
    const written = {
      json: () => `${jsonText(document)}\n`,
      yaml: () => yamlText(document as object),
      table: () => `${lines(document).map(printable).join('\n')}\n`,
    }[output];
    io.stdout.write(written());
  };
  const printEnd = (end: LocalEnd) => print(end, (document) => endLines(document, Date.now()));
  const exitCodeOf = ({ receipt }: LocalEnd) => (receipt?.outcome === 'done' ? 0 : 1);
  return {
    async status() {
      const { result, agentRuns } = await answer('status', '');
      print(result as LocalStatus, (status) => statusLines(status, { commandName, agentRuns, nowMs: Date.now() }));
      return 0;
    },
    async finish(orderId) {
      const end = await ask<LocalEnd>('finish', orderId);
      printEnd(end);
      return exitCodeOf(end);
    },
    async revert(instance, yes) {
      if (!yes && io.stdin.isTTY !== true)
        throw fail('usage', 'revert-needs-word', `revert ${instance}: not a terminal, so confirm with --yes`);
      const preview = await ask<RevertPreview>('preview-revert', instance);
      io.stderr.write(`${previewLines(preview).map(printable).join('\n')}\n`);
      if (!yes) await confirm(io, instance);
      const end = await ask<LocalEnd>('revert', instance);
      printEnd(end);
      return exitCodeOf(end);
    },
    async release(subject) {
      printEnd(await ask<LocalEnd>('release', subject));
      return 0;
    },
  };
}

async function confirm({ stdin, stderr }: LocalIo, instance: string): Promise<void> {
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await prompt.question(`revert ${printable(instance)}? [y/N] `);
    if (!/^(y|yes)$/i.test(answer.trim())) throw fail('failed', 'not-reverted', `${instance} was not reverted; nothing was changed`);
  } finally {
    prompt.close();
  }
}
