import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The rule packs in this source tree: one `pack.yaml` in an engine's folder each. In a bundle this module is replaced by their text. */
export function builtinPacks(): readonly { readonly name: string; readonly file: string; readonly text: string }[] {
  return readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/pack.yaml`, import.meta.url)))
    .map((entry) => ({ name: entry.name, file: `engines/${entry.name}/pack.yaml` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((pack) => ({ ...pack, text: readFileSync(new URL(`${pack.name}/pack.yaml`, import.meta.url), 'utf8') }));
}
