/**
 * Manual pages, made from the commands as the programs declare them. Roff of the plain kind that both groff and mandoc read.
 */
import type { Command } from 'commander';

export interface Manual {
  /** Prints `--help` into what `helpOf` reads, as the program does for a person. */
  readonly program: Command;
  /** A page for each command, with all that is below it; else one page has all. */
  readonly pagePerCommand: boolean;
  /** The whole help of a command, with what stands behind its options. */
  readonly helpOf: (command: Command) => string;
  /** 1: what everybody runs; 8: what runs on hosts for the administrator. */
  readonly section: 1 | 8;
  readonly version: string;
  /** `2026-11-29` */
  readonly day: string;
  /** Sections for the program's own page. */
  readonly more: readonly Section[];
}

interface Entry {
  readonly term: string;
  readonly text: string;
}

export interface Section {
  readonly heading: string;
  readonly entries: readonly Entry[];
}

/** File names and texts. */
export function manualPages(manual: Manual): ReadonlyMap<string, string> {
  const { program, section, pagePerCommand } = manual;
  const pages = [program, ...(pagePerCommand ? commandsBelow(program) : [])].map(
    (command) => [`${pageName(command)}.${section}`, pageOf(manual, command)] as const,
  );
  return new Map(pages);
}

const commandsBelow = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');

/** `drydock-cluster`. */
const pageName = (command: Command): string => textOf(command).join('-');

function textOf(command: Command): readonly string[] {
  return command.parent === null ? [command.name()] : [...textOf(command.parent), command.name()];
}

function pageOf(manual: Manual, command: Command): string {
  const { section, version, day, program } = manual;
  const isProgram = command === program;
  const isContents = isProgram && manual.pagePerCommand;
  const title = pageName(command);
  const lines = [
    `.TH ${title.toUpperCase()} ${section} ${day} "Drydock ${version}" "Drydock manual"`,
    '.SH NAME',
    `${roff(title)} \\- ${roff(command.description())}`,
    '.SH SYNOPSIS',
    ...synopsis(manual, command),
    ...(isContents ? programCommands(manual) : []),
    ...argumentsOf(command, ['.SH ARGUMENTS']),
    ...optionsOf(command, ['.SH OPTIONS']),
    ...(isContents ? [] : descendants(command).flatMap(subcommand)),
    ...(isProgram ? [] : globalOptions(command)),
    ...behindHelp(manual, command),
    ...(isProgram ? manual.more.flatMap((each) => [`.SH ${each.heading}`, ...each.entries.flatMap(entry)]) : []),
    ...seeAlso(manual, command),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsis(manual: Manual, command: Command): readonly string[] {
  const commands = [command, ...(command === manual.program && manual.pagePerCommand ? [] : descendants(command))];
  const lines = commands.map((each) => {
    const words = textOf(each).join(' ');
    return [`.B ${roff(words)}`, roff(each.createHelp().commandUsage(each).replace(words, '').trim())];
  });
  return lines.flatMap((each, at) => (at === 0 ? each : ['.br', ...each]));
}

const descendants = (command: Command): readonly Command[] => commandsBelow(command).flatMap((each) => [each, ...descendants(each)]);

function programCommands({ program, section }: Manual): readonly string[] {
  const described = commandsBelow(program).flatMap((command) => [
    '.TP',
    `.BR ${roff(pageName(command))} (${section})`,
    roff(command.createHelp().subcommandDescription(command)),
  ]);
  return described.length === 0 ? [] : ['.SH COMMANDS', ...described];
}

function subcommand(command: Command): readonly string[] {
  return [
    `.SH ${roff(textOf(command).slice(1).join(' ').toUpperCase())}`,
    roff(command.description()),
    ...argumentsOf(command, []),
    ...optionsOf(command, []),
  ];
}

function argumentsOf(command: Command, heading: readonly string[]): readonly string[] {
  const help = command.createHelp();
  return entries(heading, help.visibleArguments(command), (each) => ({
    term: help.argumentTerm(each),
    text: help.argumentDescription(each),
  }));
}

function optionsOf(command: Command, heading: readonly string[]): readonly string[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return entries(heading, options, (each) => ({ term: help.optionTerm(each), text: help.optionDescription(each) }));
}

function globalOptions(command: Command): readonly string[] {
  const help = command.createHelp();
  help.showGlobalOptions = true;
  return entries(['.SH GLOBAL OPTIONS'], help.visibleGlobalOptions(command), (each) => ({
    term: help.optionTerm(each),
    text: help.optionDescription(each),
  }));
}

/** The heading with an entry for each; nothing where there are none. */
function entries<T>(heading: readonly string[], all: readonly T[], described: (each: T) => Entry): readonly string[] {
  return all.length === 0 ? [] : [...heading, ...all.map(described).flatMap(entry)];
}

/** What a command adds behind its options: paragraphs that begin with their heading and a colon. */
function behindHelp({ helpOf }: Manual, command: Command): readonly string[] {
  const behind = helpOf(command).slice(command.helpInformation().length).trim();
  if (behind === '') return [];
  return behind.split(/\n\s*\n/).flatMap((paragraph) => {
    const [, heading = '', text = ''] = /^([^:\n]+):\s*(.*)$/s.exec(paragraph) ?? [];
    return [`.SH ${roff(heading.toUpperCase())}`, '.nf', ...text.split(/ ·\s|\n/).map((line) => roff(line.trim())), '.fi'];
  });
}

function seeAlso(manual: Manual, command: Command): readonly string[] {
  const pages = [
    ...(command === manual.program ? [] : [`.BR ${roff(pageName(manual.program))} (${manual.section})`]),
    '.BR drydock (1)',
    '.BR drydock\\-agent (8)',
    '.BR drydock\\-controller (8)',
  ].filter((page, at, all) => all.indexOf(page) === at && page !== `.BR ${roff(pageName(command))} (${manual.section})`);
  return ['.SH SEE ALSO', ...pages.map((page, at) => (at === pages.length - 1 ? page : `${page},`))];
}

const entry = ({ term, text }: Entry): readonly string[] => ['.TP', `.B ${roff(term)}`, ...(text === '' ? [] : [roff(text)])];

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '"': '\\(dq',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Text that roff prints as it stands, wherever it begins. */
export function roff(text: string): string {
  const escaped = [...text].map(
    (mark) => escapes[mark] ?? (mark > '~' ? `\\[u${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]` : mark),
  );
  return escaped.join('').replace(/^\./, '\\&.');
}
