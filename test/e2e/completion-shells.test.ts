/** Completion as a person has it: a real shell on a terminal that loaded the script of the built program; keys go in, the line is read. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../demo/programs.ts';
import { testerFolder } from '../identities.ts';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';

let operator: StandInOperator;
let home: string;
let identity: string;
beforeAll(async () => {
  const clusters = [{ ...documents.cluster, versions: ['16.4'] }];
  operator = await startOperator({
    answers: { ListClusters: () => ({ clusters: documentBytes({ apiVersion: 'drydock/v1', clusters }) }) },
  });
  identity = await testerFolder();
  home = mkdtempSync(join(tmpdir(), 'drydock-shells-'));
  const program = join(home, 'drydock');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${join(root, 'dist', 'drydock.js')} "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => {
  operator.kill();
  rmSync(home, { recursive: true });
});

const has = (program: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
const environment = () => ({
  PATH: `${home}:${process.env.PATH}`,
  HOME: home,
  ZDOTDIR: home,
  TERM: 'dumb',
  LC_ALL: 'C.UTF-8',
  DRYDOCK_CONTROLLER: operator.address,
  DRYDOCK_IDENTITY: identity,
});

const completed = [
  { typed: 'drydock clus', line: 'drydock cluster ' },
  { typed: 'drydock cluster show pg', line: 'drydock cluster show pg-main ' },
  { typed: 'drydock status --output=j', line: 'drydock status --output=json ' },
  { typed: 'drydock path --os debian:12 postg', line: 'drydock path --os debian:12 postgresql ' },
  { typed: 'drydock path --os=debian:12 dcos', line: 'drydock path --os=debian:12 dcos-cassandra ' },
  { typed: 'drydock abort r-1 --reason "two words" --qui', line: 'drydock abort r-1 --reason "two words" --quiet ' },
  { typed: 'drydock rules import /etc/hostn', line: 'drydock rules import /etc/hostname ' },
];

/** Keys that print the line as it stands then, and empty it; a shell reads them only when it is done completing. */
const show = '\u0018p\u0015';

const starts = {
  bash: {
    file: 'bashrc',
    command: (file: string) => `bash --rcfile ${file} -i`,
    text: [
      'source <(drydock completion bash)',
      "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
      `bind -x '"\\C-xp": printf "LINE<%s>\\n" "$READLINE_LINE"'`,
      'PS1=READY',
    ],
  },
  zsh: {
    file: '.zshrc',
    command: () => 'zsh -i',
    text: [
      'autoload -U compinit; compinit -u -D; source <(drydock completion zsh)',
      'shown() { print -r -- "LINE<$BUFFER>" }; zle -N shown; bindkey "^Xp" shown; bindkey "^U" kill-whole-line',
      'unsetopt zle_bracketed_paste beep; PS1=READY',
    ],
  },
} as const;

/** What the line was after each of these was typed and Tab pressed. */
async function linesAfterTab(shell: keyof typeof starts, typed: readonly string[]): Promise<readonly string[]> {
  const { file, text, command } = starts[shell];
  const path = join(home, file);
  writeFileSync(path, text.join('\n'));
  const terminal = spawn('script', ['-qfec', `stty cols 200; ${command(path)}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: environment(),
  });
  try {
    const screen = screenOf(terminal);
    await screen.until(/READY/);
    const lines: string[] = [];
    for (const keys of typed) {
      terminal.stdin.write(`${keys}\t${show}`);
      lines.push((await screen.until(/LINE<(.*)>/))[1] ?? '');
    }
    return lines;
  } finally {
    terminal.kill();
  }
}

function screenOf(terminal: ChildProcessByStdio<Writable, Readable, null>) {
  let shown = '';
  let settle: () => void = () => {};
  terminal.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
    settle();
  });
  return {
    /** Resolves once this is on the screen behind what was found before. */
    until: (wanted: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve) => {
        settle = () => {
          const found = wanted.exec(shown);
          if (found === null) return;
          shown = shown.slice(found.index + found[0].length);
          settle = () => {};
          resolve(found);
        };
        settle();
      }),
  };
}

describe.each(['bash', 'zsh'] as const)('%s on a terminal', (shell) => {
  test.runIf(has(shell) && has('script'))(
    `13.6: Tab completes commands, options, choices, files and names of the fleet in ${shell}`,
    async () => {
      const lines = await linesAfterTab(
        shell,
        completed.map(({ typed }) => typed),
      );
      expect(lines).toEqual(completed.map(({ line }) => line));
    },
  );

  test.runIf(has(shell) && has('script'))(`13.6: Tab runs nothing of what was typed in ${shell}`, async () => {
    const mark = join(home, `ran-in-${shell}`);
    await linesAfterTab(shell, [`drydock plan $(touch ${mark}) --ca`, `drydock plan "\`touch ${mark}\`" --ca`]);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('fish', () => {
  const offers = async (line: string): Promise<string> => {
    const asked = ['-c', 'drydock completion fish | source; complete -C "$argv[1]"', line];
    return (await promisify(execFile)('fish', asked, { env: environment() })).stdout;
  };

  test.runIf(has('fish'))('13.6: Tab offers commands, options, choices, files and names of the fleet in fish', async () => {
    expect(await offers('drydock clus')).toBe('cluster\tclusters: list, show, adopt, label, nodes, forget\n');
    expect(await offers('drydock cluster show p')).toBe('pg-main\tpostgresql 16.4\n');
    expect(await offers('drydock status --output=j')).toBe('--output=json\n');
    expect(await offers('drydock rules import /etc/hostn')).toMatch(/^\/etc\/hostname/);
  });
});
