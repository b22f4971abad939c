/** One engine's versions (engines/<engine>/scheme.ts, PURE): strict (an unknown form is refused, never guessed) and totally ordered. */
export interface VersionScheme {
  /** Returns the canonical text, or null when the form is unknown. */
  parse(text: string): string | null;
  /** Order of two canonical versions: negative, zero, positive. */
  compare(a: string, b: string): number;
  /** Unit of data compatibility: `16` for 16.4. */
  series(version: string): string;
  /** True when the text names a series rather than a version: `16`, `3.6`. */
  isSeries(text: string): boolean;
  /** Order of two series, in any spelling that isSeries accepts; agrees with compare: a series is one unbroken stretch of versions. */
  compareSeries(a: string, b: string): number;
  isPrerelease(version: string): boolean;
  /** For a package that carries another engine's release: which one. Compatibility of the data is then decided by that engine's rules. */
  base?(version: string): { readonly engine: string; readonly version: string };
}
