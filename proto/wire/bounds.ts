/**
 * How much a message may hold, whatever field it is in: a field that is added later is bounded without anybody thinking of it. The message as
 * a whole is bounded by proto/channel.ts; what is kept of it for as long as a host is known is bounded more tightly here.
 */
import { malformed } from './forms.ts';

export interface Bounds {
  /** Characters of one text. */
  readonly text: number;
  /** Entries of one list. */
  readonly list: number;
  /** Characters of all texts, and entries of all lists. */
  readonly total: number;
}

const kiB = 1024;
/** What is about a database: its facts, its configuration, what orders did. */
const roomy: Bounds = { text: 512 * kiB, list: 10_000, total: 1024 * kiB };
const terse: Bounds = { text: 64 * kiB, list: 100, total: 128 * kiB };

const boundsOf: Readonly<Record<string, Bounds>> = {
  hello: { text: 4 * kiB, list: 1_000, total: 256 * kiB },
  facts: roomy,
  report: roomy,
  recalled: roomy,
  order: { text: 64 * kiB, list: 1_000, total: 512 * kiB },
};

/** A text that is a document is bounded as a whole here, and inside where it is parsed. */
const document = '.bodyJson';

/** A failure may have causes, an order its parts; nothing that we send is as deep as this. */
const deepest = 64;

/** Throws FailureError(usage, `malformed-message`) naming the field. `body` is the message's field that is set. */
export function checkBounds(message: object, body: string): void {
  const bounds = boundsOf[body] ?? terse;
  let total = 0;
  const weigh = (weight: number) => {
    total += weight;
    if (total > bounds.total) throw malformed(`${body} holds more than ${bounds.total} characters and entries in all`);
  };
  const walk = (value: unknown, path: string, depth: number): void => {
    if (depth > deepest) throw malformed(`${body} is nested deeper than ${deepest}`);
    if (typeof value === 'string') {
      const most = path.endsWith(document) ? bounds.total : bounds.text;
      if (value.length > most) throw malformed(`${path} is ${value.length} characters long, at most ${most} are allowed`);
      weigh(value.length);
    } else if (Array.isArray(value)) {
      if (value.length > bounds.list) throw malformed(`${path} has ${value.length} entries, at most ${bounds.list} are allowed`);
      weigh(value.length);
      for (const entry of value) walk(entry, path, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) walk(member, `${path}.${key}`, depth + 1);
    }
  };
  walk((message as Readonly<Record<string, unknown>>)[body], body, 0);
}
