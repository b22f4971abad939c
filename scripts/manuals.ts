/** The manual pages of the three programs, by file name. */
import { PassThrough, Readable } from 'node:stream';
import type { Command } from 'commander';
import { programFor as agentProgram } from '../agent/main.ts';
import { programFor as cliProgram } from '../cli/main.ts';
import { systemClock } from '../common/clock.ts';
import { programFor as controllerProgram } from '../controller/main.ts';
import { defaultAddress } from '../proto/channel.ts';
import { type Manual, manualPages, type Section } from './man-pages.ts';

export function manuals(version: string, day: string): ReadonlyMap<string, string> {
  const never = new AbortController().signal;
  const io = { stdout: new PassThrough(), stderr: new PassThrough(), stdin: Readable.from([]) };
  const cli = { ...io, env: {}, clock: systemClock, timeZone: 'UTC', interrupted: never };
  const programs: readonly Omit<Manual, 'version' | 'day' | 'helpOf'>[] = [
    { program: cliProgram(cli, async () => {}), section: 1, pagePerCommand: true, more: cliSections },
    { program: agentProgram(io, () => {}), section: 8, pagePerCommand: false, more: settingsOf('agent') },
    { program: controllerProgram(never, io, () => {}), section: 8, pagePerCommand: false, more: settingsOf('controller') },
  ];
  const helpOf = (command: Command): string => {
    command.outputHelp();
    return String(io.stdout.read() ?? '');
  };
  return new Map(programs.flatMap((each) => [...manualPages({ ...each, version, day, helpOf })]));
}

const cliSections: readonly Section[] = [
  {
    heading: 'ENVIRONMENT',
    entries: [
      { term: 'DRYDOCK_CONTROLLER', text: 'Address of the controller where --controller and --context are not given.' },
      { term: 'DRYDOCK_CONTEXT', text: 'Name of a context, where DRYDOCK_CONTROLLER is not set either.' },
      { term: 'XDG_CONFIG_HOME', text: 'Folder of the settings of a person; ~/.config where it is not set.' },
      { term: 'NO_COLOR', text: 'No colours, whatever it is set to.' },
    ],
  },
  {
    heading: 'FILES',
    entries: [
      { term: '~/.config/drydock/config.yaml', text: 'Contexts, and which is current. Without one: controller, the address.' },
      {
        term: '/etc/drydock/drydock.yaml, /etc/drydock/drydock.d/*.yaml',
        text: `The same controller for all persons of this machine. Where nothing names one: ${defaultAddress}.`,
      },
    ],
  },
];

const settingsOf = (program: string): readonly Section[] => [
  {
    heading: 'FILES',
    entries: [
      {
        term: `/etc/drydock/${program}.yaml, /etc/drydock/${program}.d/*.yaml`,
        text: 'Settings; --print-settings shows each with its place.',
      },
    ],
  },
];
