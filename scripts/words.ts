/**
 * The words that Drydock does not use in what a person reads, each with what to write instead. One word, one thing: an operator who reads two
 * words for one thing at 2 a.m. looks for a difference. Verbs of speech are for people; a program reports, prints or results in something.
 */
export interface BannedWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

export const bannedWords: readonly BannedWord[] = [
  { pattern: /\bways? back\b/i, instead: 'rollback' },
  { pattern: /\b(take[sn]?|taking|took)( \w+){0,3} back\b/i, instead: 'roll back' },
  { pattern: /\b(puts?|putting)( \w+){0,2} back\b/i, instead: 'restore' },
  { pattern: /(?<!\b(write|read|writes|reads) )\boutages?\b/i, instead: 'downtime' },
  { pattern: /\bout of service\b/i, instead: 'down, downtime' },
  { pattern: /\bgates?\b/i, instead: 'health check' },
  { pattern: /\bproofs?\b/i, instead: 'health check, verification' },
  { pattern: /\b(life|lives) of (the|a|its|this|that) (server|database|node|member)\b|\banother life\b/i, instead: 'incarnation' },
  { pattern: /\bin force\b/i, instead: 'active' },
  { pattern: /(?<!hard-|hard )\b(un)?linked\b(?! into| from| in place|-bucket|\])/i, instead: 'connected, disconnected' },
  { pattern: /\bchores?\b/i, instead: 'cleanup' },
  { pattern: /\b(told|tells?)\b/i, instead: 'reported, shows; a verb of speech is for people' },
  { pattern: /\b(came|comes?) to nothing\b|\bwhat (it|the order|the step|they) came to\b/i, instead: 'resulted in, result' },
  { pattern: /\bnobody\b|\bno one\b/i, instead: 'name the actor, or "no X"' },
  { pattern: /\bwhoever\b/i, instead: 'name the actor' },
  { pattern: /\bby (itself|themselves)\b/i, instead: 'automatically' },
  { pattern: /\bstart fence\b/i, instead: 'start lock' },
  { pattern: /\blook again\b|\b(an?|another|each|every|last|next|one) looks?\b(?! like)/i, instead: 'probe' },
];

/**
 * What messages and help do not say either, each with what to write instead: sentences that a native reader takes for a translation. They are kept
 * out of the strings of `plainRooms`; prose may need such a word.
 */
export const clumsyWords: readonly BannedWord[] = [
  { pattern: /\bsee to\b|\bset right\b/i, instead: 'check, fix' },
  { pattern: /\bmay not\b/i, instead: 'cannot, permission denied' },
  { pattern: /\b(goes|go|going) on\b/i, instead: 'continues' },
  { pattern: /\b(comes?|came) back\b/i, instead: 'is reachable again, recovers' },
  { pattern: /\b(some|any|every)body\b/i, instead: 'name the actor' },
  { pattern: /(?<!\bthere )\bis no (?!longer\b)/i, instead: 'is not a valid X, unknown X' },
  { pattern: /\bthere (is|are) no (cluster|host|run|plan|release|snapshot|instance|artifact|such)\b/i, instead: 'X not found' },
  { pattern: /\bnot known\b|\bis known of\b/i, instead: 'unknown' },
  { pattern: /\bwanted\b/i, instead: 'expected' },
  { pattern: /\b(says?|speaks? of|believed?)\b/i, instead: 'reports; programs do not speak or believe' },
  { pattern: /\bgive more of\b|\bthe beginning of\b/i, instead: 'a unique prefix' },
  { pattern: /\bleave (\S+ )?away\b/i, instead: 'omit' },
  { pattern: /\bask (it )?again\b/i, instead: 'try again' },
  { pattern: /\bmake room\b/i, instead: 'free some space' },
  { pattern: /\bh[au]ng up on\b/i, instead: 'closed' },
  { pattern: /\bfor ever\b/i, instead: 'forever' },
  { pattern: /\ball the same\b/i, instead: 'anyway' },
  { pattern: /\b(is|are) \w+ already\b/i, instead: 'is already X' },
];

/** Rooms whose strings are kept free of clumsy words too. */
export const plainRooms: readonly string[] = ['agent', 'cli', 'common', 'controller', 'demo', 'engines'];

/** Of these also comments are kept free, which only those read who change the code. */
export const bannedInComments: readonly BannedWord[] = bannedWords.filter(({ pattern }) =>
  ['nobody', 'whoever', 'taken back', 'one look'].some((word) => pattern.test(word)),
);

/** Names of the first edition that no identifier may bring back. */
export const bannedNames =
  /\w*(wayBack|WayBack|outOfService|OutOfService|[oO]utage(?!s?Window)|takenBack|putBack|[iI]nForce|\blooks?[A-Z]|[a-z]Looks?(?![a-z]))\w*/;

/** Every banned word in a text, with what to write instead. */
export function bannedIn(text: string, words = bannedWords): readonly { readonly word: string; readonly instead: string }[] {
  return words.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(text);
    return found === null ? [] : [{ word: found[0], instead }];
  });
}
