import { describe, expect, it } from 'vitest';
import { start } from '../../engines/etcd/host/programs.ts';
import { flagsKnown } from '../../engines/kit/host/start-flags.ts';
import { memberTwin, ToolsTwin } from './etcd-tools-twin.ts';

const [old, next] = ['3.6.16-aaaaaaaaaaaa', '3.7.3-aaaaaaaaaaaa'];
const file = '/etc/etcd.yaml';

/** A server of 3.6 that runs with these; 3.7 knows no experimental flag any more. */
function serverWith(flags: readonly string[], environment: readonly string[] | null = [], content: string | null = null): ToolsTwin {
  const tools = new ToolsTwin([memberTwin(1)]);
  tools.started = { argv: ['/opt/etcd/current/bin/etcd', ...flags], environment };
  tools.known.set(old, ['name', 'config-file', 'initial-cluster', 'experimental-peer-skip']);
  tools.known.set(next, ['name', 'config-file', 'initial-cluster', 'feature-gates']);
  if (content !== null) tools.files.set(file, content);
  return tools;
}

const known = async (tools: ToolsTwin, release: string | null = next) => {
  const [ok, detail] = await flagsKnown(tools.context(), start, release);
  return { ok, detail };
};

describe('what the running server was started with', () => {
  it.each([
    ['flags', serverWith(['--name=a'])],
    ['variables, with others among them', serverWith([], ['ETCD_NAME=a', 'PATH=/bin', 'ETCD_PASSWORD_OF_A_SCRIPT=x'])],
    [
      'a file, with keys among them that were no flags before',
      serverWith([`--config-file=${file}`], [], 'name: a\nlog-format-of-mine: 1\n'),
    ],
    ['a file that is written as JSON', serverWith([`--config-file=${file}`], [], '{"name": "a"}')],
    ['a file, which makes it ignore its variables', serverWith([`--config-file=${file}`], ['ETCD_EXPERIMENTAL_PEER_SKIP=1'], 'name: a\n')],
    ['an empty file', serverWith([`--config-file=${file}`], [], '')],
  ])('is known: %s', async (_, tools) => expect(await known(tools)).toMatchObject({ ok: true }));

  it.each([
    ['a flag', serverWith(['--name=a', '--experimental-peer-skip=true']), '--experimental-peer-skip of unit etcd.service'],
    [
      'a key of its file',
      serverWith([`--config-file=${file}`], [], 'name: a\nexperimental-peer-skip: true\n'),
      `experimental-peer-skip, which ${file} sets`,
    ],
    [
      'a key of a file that its environment names',
      serverWith([], [`ETCD_CONFIG_FILE=${file}`], 'experimental-peer-skip: true'),
      `which ${file} sets`,
    ],
    [
      'a variable',
      serverWith([], ['ETCD_EXPERIMENTAL_PEER_SKIP=true']),
      'experimental-peer-skip, which the environment of unit etcd.service sets',
    ],
  ])('M43 is found before the stop where the next release knows it no more: %s', async (_, tools, words) => {
    expect(await known(tools)).toEqual({ ok: false, detail: expect.stringContaining(words) });
  });

  it.each([
    ['no release is named', serverWith([]), null],
    ['the unit does not run', Object.assign(serverWith([]), { started: null }), next],
    [
      'its main process is something else',
      Object.assign(serverWith([]), { started: { argv: ['/bin/sh', '-c', 'etcd'], environment: [] } }),
      next,
    ],
    ['its environment is not shown', serverWith(['--name=a'], null), next],
    ['its file is not there', serverWith([`--config-file=${file}`]), next],
    ['its file is malformed', serverWith([`--config-file=${file}`], [], '{'), next],
    ['its file is named from a folder that nobody knows', serverWith(['--config-file=etcd.yaml']), next],
    ['what is named is no release (P13)', serverWith(['--name=a']), '../../tmp/planted'],
    ['a release explains no flags', serverWith([], ['ETCD_NAME=a']), '3.9.9-aaaaaaaaaaaa'],
  ])('P1 cannot be told when %s', async (_, tools, release) => expect(await known(tools, release)).toMatchObject({ ok: null }));

  it('is named, and never with what it is set to', async () => {
    const { detail } = await known(serverWith([], ['ETCD_EXPERIMENTAL_PEER_SKIP=s3cret']));
    expect(detail).not.toContain('s3cret');
  });
});
