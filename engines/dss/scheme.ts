/**
 * Dataiku DSS: `13.2.1`, or the kit that carries it, `dataiku-dss-13.2.1.tar.gz`. Up to 4 a release could be written with two numbers
 * (`4.3`). The line is the first number; the documentation also writes it `13.0`. Kits for one system (`-osx`) are no version here.
 */
import type { VersionScheme } from '../../common/version-scheme.ts';
import { number, numbersOf, orderedScheme, type ReadVersion } from '../kit/pure/ordered-scheme.ts';

const stages = ['alpha', 'beta', 'rc'];
const final = stages.length;

const version = `(${number})\\.(${number})(?:\\.(${number}))?(?:-(alpha|beta|rc)([1-9][0-9]{0,3}))?`;
const form = new RegExp(`^(?:${version}|dataiku-dss-${version}(?:\\.tar\\.gz)?)$`);
const seriesForm = new RegExp(`^(${number})(?:\\.0)?$`);
/** The last line whose releases were written with two numbers. */
const lastShort = 4;

function read(text: string): ReadVersion | null {
  const found = form.exec(text);
  const [major, minor, patch, stage, count] = found?.[1] === undefined ? (found?.slice(6) ?? []) : found.slice(1);
  if (major === undefined || minor === undefined || (patch === undefined && Number(major) > lastShort)) return null;
  const numbers = [major, minor, patch ?? '0'];
  return {
    text: `${numbers.join('.')}${stage === undefined ? '' : `-${stage}${count}`}`,
    order: [...numbers.map(Number), stage === undefined ? final : stages.indexOf(stage), Number(count ?? 0)],
    series: major,
    prerelease: stage !== undefined,
  };
}

export const dssScheme: VersionScheme = orderedScheme('dss', {
  read,
  readSeries: (text) => {
    const [, line] = seriesForm.exec(text) ?? [];
    return line === undefined ? null : numbersOf(line);
  },
});
