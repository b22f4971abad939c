/** A module of its own, so that it can be loaded when it is asked for: in a bundle only a static import knows the names of a CommonJS package. */
import { stringify } from 'yaml';

export const yamlText = (document: object): string => stringify(document);
