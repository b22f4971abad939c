/**
 * No word of the first edition in what people read: messages and help in the sources, rule packs, docs and golden texts. Names in code are
 * looked at too, and comments for a few of the words. First it proves that it bites.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { bannedIn, bannedInComments, bannedNames, clumsyWords, plainRooms } from './words.ts';

const here = new URL('..', import.meta.url).pathname;
/** Another tree may be named, for trying the check. */
const root = process.argv[2] ?? here;
const sourceRooms = ['agent', 'cli', 'common', 'controller', 'demo', 'engines'];
const commentRooms = ['agent', 'cli', 'common', 'controller', 'demo', 'engines', 'proto', 'scripts', 'test'];
const proseRooms = ['docs', 'systemd', 'test/golden', 'engines'];

interface Passage {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const mustBite = [
  'pg-2 was taken back to 16.4',
  'takes the touched nodes back',
  'the outage of pg-1 ended',
  'Nobody but a person decides',
  'it goes on by itself',
  'the packs in force',
  'the agent told',
];
const mustBiteAsComment = [
  '  // Whoever asks',
  '/** The node is taken back. */',
  ' * null: nobody knows',
  '/** One look at a server. */',
  // In two parts, for this file is looked at, too.
  ['const limit = 1;', '// nobody waits'].join(' '),
];
const mustPassAsComment = ["fail('nobody answers')", '  // Asked by itself', '/** It is of no node. */', "ask('http://nobody')"];
const mustPass = [
  'ask for `drydock-agent tell`',
  'writes stop: the write outage is about 8 min',
  'rolled back to 16.4',
  'goes on automatically',
  'a unique life cycle',
  'files linked into place',
];
/** What stands between backticks is a name or a command. */
const wordsIn = (text: string) => bannedIn(text.replaceAll(/`[^`]*`/g, ''));
const clumsyIn = (text: string) => bannedIn(text.replaceAll(/`[^`]*`/g, ''), clumsyWords);
const mustBiteInMessages = [
  'see to the controller',
  'it is no name',
  'there is no cluster pg-main; known are',
  'what it did is not known',
  'this user may not',
  'the run goes on',
  'it is stored already',
];
const mustPassInMessages = [
  'it is no longer adopted',
  'cluster pg-main not found',
  'the server is not a controller',
  'it is already stored',
];
const blind = mustBite.filter((text) => wordsIn(text).length === 0);
const jumpy = mustPass.filter((text) => wordsIn(text).length > 0);
blind.push(...mustBiteInMessages.filter((text) => clumsyIn(text).length === 0));
jumpy.push(...mustPassInMessages.filter((text) => clumsyIn(text).length > 0));
blind.push(...mustBiteAsComment.filter((line) => wordsInComment(line).length === 0));
jumpy.push(...mustPassAsComment.filter((line) => wordsInComment(line).length > 0));
if (blind.length + jumpy.length > 0) {
  console.error(`check-words: it does not see ${JSON.stringify(blind)}, and sees something in ${JSON.stringify(jumpy)}`);
  process.exit(1);
}

const sources = sourceRooms.flatMap((room) => filesIn(room, ['.ts']));
const isPlain = (path: string) => plainRooms.some((room) => path.startsWith(`${room}/`));
const messages = sources.filter((file) => isPlain(relative(root, file))).flatMap(sentencesOf);
const passages = [
  ...sources.flatMap(sentencesOf),
  ...proseRooms
    .flatMap((room) => filesIn(room, ['.md', '.txt', '.yaml']))
    .filter((file) => !file.includes('/docs/decisions/'))
    .flatMap(linesOf),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].flatMap((name) => linesOf(join(root, name))),
];
const complaintsOf = (read: readonly Passage[], find: typeof wordsIn) =>
  read.flatMap(({ file, line, text }) =>
    find(text).map(({ word, instead }) => `${relative(root, file)}:${line}: "${word}" (${instead}) in: ${text.trim().slice(0, 140)}`),
  );
const complaints = [
  ...complaintsOf(passages, wordsIn),
  ...complaintsOf(messages, clumsyIn),
  ...commentRooms.flatMap((room) => filesIn(room, ['.ts', '.proto'])).flatMap(commentsOf),
  ...[...sources, ...filesIn('test', ['.ts']), ...filesIn('proto/drydock', ['.proto'])].flatMap(namesOf),
];
if (sources.length === 0 || passages.length === 0) complaints.push(`${root} has nothing to look at`);
if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  console.error(`${complaints.length} places with words that Drydock does not use; scripts/words.ts has what to write instead`);
  process.exit(1);
}
console.log(`words: ${passages.length} passages read, names of ${sources.length} files looked at`);

function filesIn(room: string, endings: readonly string[]): readonly string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Strings with a space in them: what has none is an id or a name. */
function sentencesOf(file: string): readonly Passage[] {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false);
  const found: Passage[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) ||
      node.kind === ts.SyntaxKind.TemplateHead ||
      node.kind === ts.SyntaxKind.TemplateMiddle ||
      node.kind === ts.SyntaxKind.TemplateTail;
    if (isText) {
      const content = (node as ts.LiteralLikeNode).text;
      if (content.includes(' ')) found.push({ file, line: source.getLineAndCharacterOfPosition(node.pos).line + 1, text: content });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** In the comment of a line, which begins it or stands behind its code. */
function wordsInComment(line: string): ReturnType<typeof bannedIn> {
  const comment = /^\s*(?:\/?\*|\/\/)(.*)|[;,{})\]] \/\/ (.*)/.exec(line);
  return comment === null ? [] : bannedIn((comment[1] ?? comment[2] ?? '').replaceAll(/`[^`]*`/g, ''), bannedInComments);
}

function commentsOf(file: string): readonly string[] {
  return linesOf(file).flatMap(({ line, text }) =>
    wordsInComment(text).map(
      ({ word, instead }) => `${relative(root, file)}:${line}: "${word}" (${instead}) in the comment: ${text.trim().slice(0, 140)}`,
    ),
  );
}

/** Lines of prose. */
function linesOf(file: string): readonly Passage[] {
  const lines = existing(file).split('\n');
  return lines.map((text, index) => ({ file, line: index + 1, text }));
}

function namesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const found = bannedNames.exec(text);
      return found === null || found[0].length === text.trim().length ? [] : [`${relative(root, file)}:${index + 1}: name ${found[0]}`];
    });
}

function existing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
