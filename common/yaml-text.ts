/** A module of its own, so that it can be loaded when it is asked for: in a bundle only a static import knows the names of a CommonJS package. */
import { stringify } from 'yaml';
import { escaped, hasControls } from './printable.ts';

/** YAML in which no control character stands: only double quotes know how to write one. */
export function yamlText(document: object): string {
  const text = stringify(document);
  return hasControls(text) ? escaped(stringify(document, { defaultStringType: 'QUOTE_DOUBLE' })) : text;
}
