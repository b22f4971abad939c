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
  { pattern: /\blook (at it )?again\b|\bnext look\b|\bwas asked for a look\b/i, instead: 'probe' },
];

/** Of these also comments are kept free, which only those read who change the code. */
export const bannedInComments: readonly BannedWord[] = bannedWords.filter(({ pattern }) =>
  ['nobody', 'whoever', 'taken back'].some((word) => pattern.test(word)),
);

/** Names of the first edition that no identifier may bring back. */
export const bannedNames = /\w*(wayBack|WayBack|outOfService|OutOfService|[oO]utage(?!s?Window)|takenBack|putBack|[iI]nForce)\w*/;

/** Every banned word in a text, with what to write instead. */
export function bannedIn(text: string, words = bannedWords): readonly { readonly word: string; readonly instead: string }[] {
  return words.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(text);
    return found === null ? [] : [{ word: found[0], instead }];
  });
}
