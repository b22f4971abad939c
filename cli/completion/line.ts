/**
 * PURE. What can stand at the end of a command line that is still being typed, as the commands themselves declare it: their names, options
 * and choices; and of what is a name in the fleet, what kind of name.
 */
import type { Argument, Command, Option } from 'commander';

/** A word that can be typed, and what a shell may show beside it. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What has been typed before the word in question. */
export interface TypedLine {
  /** Names of the command, without the program's: `cluster show`. */
  readonly command: string;
  /** By the name of the argument: `{ run: 'r-1' }`. */
  readonly operands: Readonly<Record<string, string>>;
  /** Values of options, by their long name without dashes. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Wanted {
  readonly line: TypedLine;
  /** Stands before every word: `--output=` where a value is typed behind its option. */
  readonly lead: string;
  /** What has been typed of the word, behind `lead`. */
  readonly begun: string;
  /** Known without asking anybody. */
  readonly words: readonly Candidate[];
  /** Kind of name that can stand here too; null: none. */
  readonly names: NameKind | null;
}

export const nameKinds = [
  'cluster',
  'context',
  'engine',
  'file',
  'host',
  'node',
  'pack',
  'plan',
  'run',
  'run-or-fleet',
  'snapshot',
  'step',
  'version',
] as const;
export type NameKind = (typeof nameKinds)[number];

/** What an argument or the value of an option is called in the help tells what it names. */
const kindOfWord: Readonly<Record<string, NameKind>> = {
  chain: 'run-or-fleet',
  cluster: 'cluster',
  context: 'context',
  engine: 'engine',
  file: 'file',
  files: 'file',
  from: 'version',
  host: 'host',
  instance: 'node',
  pack: 'pack',
  plan: 'plan',
  run: 'run',
  snapshot: 'snapshot',
  step: 'step',
  to: 'version',
  version: 'version',
};

/** Words of the help that name something only together with the command's group. */
const kindInGroup: Readonly<Record<string, NameKind>> = {
  'cluster name': 'cluster',
  'host name': 'host',
  'plan a': 'plan',
  'plan b': 'plan',
  'rules a': 'pack',
  'rules b': 'pack',
};

/** Reads the words after the program's name; the last one is the one being typed, empty where the next is to begin. */
export function wantedAt(program: Command, words: readonly string[]): Wanted {
  const typed = walk(program, words.slice(0, -1));
  // A quote that a shell passes on as it was typed.
  const current = (words.at(-1) ?? '').replace(/^["']/, '');
  const line = lineOf(typed);
  const none = { line, lead: '', begun: current, words: [], names: null };
  if (typed.open !== null && (typed.open.required || !current.startsWith('-'))) {
    return { ...none, ...valuesOf(typed.open) };
  }
  const [, lead = '', value = ''] = /^(--[^=]+=)(.*)$/s.exec(current) ?? [];
  const behind = lead === '' || typed.onlyOperands ? null : optionOf(typed.command, lead.slice(0, -1));
  if (behind !== null) return { ...none, lead, begun: value, ...valuesOf(behind) };
  if (current.startsWith('-') && !typed.onlyOperands) return { ...none, words: optionsOf(typed.command).map(optionWord) };
  const argument = argumentAt(typed);
  const operand = argument === null ? { words: [], names: null } : operandOf(typed.command, argument);
  return { ...none, ...operand, words: [...(typed.operands.length === 0 ? subcommandsOf(typed.command) : []), ...operand.words] };
}

interface Walked {
  readonly command: Command;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Option whose value comes next. */
  readonly open: Option | null;
  /** `--` was typed. */
  readonly onlyOperands: boolean;
}

function walk(program: Command, words: readonly string[]): Walked {
  const start: Walked = { command: program, operands: [], options: {}, open: null, onlyOperands: false };
  return words.reduce(step, start);
}

function step(at: Walked, word: string): Walked {
  const { command, open } = at;
  if (open !== null && (open.required || !word.startsWith('-'))) {
    return { ...at, options: { ...at.options, [longName(open)]: word }, open: null };
  }
  const next = { ...at, open: null };
  if (at.onlyOperands) return { ...next, operands: [...at.operands, word] };
  if (word === '--') return { ...next, onlyOperands: true };
  if (word.startsWith('-') && word !== '-') return optionTyped(next, word);
  const sub = at.operands.length === 0 ? command.commands.find((each) => each.name() === word || each.aliases().includes(word)) : undefined;
  return sub === undefined ? { ...next, operands: [...at.operands, word] } : { ...next, command: sub };
}

function optionTyped(at: Walked, word: string): Walked {
  const [flag = word, ...rest] = word.split('=');
  const option = optionOf(at.command, flag);
  if (option === null) return at;
  if (rest.length > 0) return { ...at, options: { ...at.options, [longName(option)]: rest.join('=') } };
  return option.required || option.optional ? { ...at, open: option } : at;
}

function lineOf({ command, operands, options }: Walked): TypedLine {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent != null; each = each.parent) names.unshift(each.name());
  const named = command.registeredArguments.flatMap((argument, at) => {
    const value = operands[at];
    return value === undefined ? [] : [[argument.name(), value] as const];
  });
  return { command: names.join(' '), operands: Object.fromEntries(named), options };
}

function argumentAt({ command, operands }: Walked): Argument | null {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[operands.length] ?? (last?.variadic === true ? last : null);
}

function operandOf(command: Command, argument: Argument): Pick<Wanted, 'words' | 'names'> {
  const group = command.parent?.name() ?? '';
  const names = kindInGroup[`${group} ${argument.name()}`] ?? kindOfWord[argument.name()] ?? null;
  return { words: choiceWords(argument.argChoices), names };
}

function valuesOf(option: Option): Pick<Wanted, 'words' | 'names'> {
  const [, called = ''] = /[<[]([^>\].]+)/.exec(option.flags) ?? [];
  return { words: choiceWords(option.argChoices), names: kindOfWord[called] ?? null };
}

const choiceWords = (choices: readonly string[] | undefined): readonly Candidate[] => (choices ?? []).map((word) => ({ word, about: '' }));

function subcommandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ word: each.name(), about: each.description() }));
}

/** Those of the command and of all above it: a global option may stand anywhere. */
function optionsOf(command: Command): readonly Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent).filter((each) => each.long !== '--help')];
}

const optionOf = (command: Command, flag: string): Option | null =>
  optionsOf(command).find(({ long, short }) => long === flag || short === flag) ?? null;

const longName = ({ long, short }: Option): string => (long ?? short ?? '').replace(/^-+/, '');
const optionWord = ({ long, short, description }: Option): Candidate => ({ word: long ?? short ?? '', about: description });
