type Unit = 'ms' | 'MB' | '%';

/** What the bench says: rows of a table for people and the same rows as JSON. A figure with a limit passes or fails; one without is told. */
export interface Figure {
  readonly name: string;
  readonly ours: number | null;
  /** The other side of the same run; null where the limit is absolute. */
  readonly against: number | null;
  readonly unit: Unit;
  /** What is compared with the limit: ours / against, or ours; null: not measured, and the note says why. */
  readonly value: number | null;
  /** The same from the better quartile of ours and the worse one of the other side: what the noise of this run cannot explain. */
  readonly leastValue: number | null;
  readonly atMost: number | null;
  readonly samples: number;
  readonly note: string;
}

export type Verdict = 'ok' | 'over' | 'over, within the spread' | 'told' | 'not measured';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('median of nothing');
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 0 && lower !== undefined ? (lower + upper) / 2 : upper;
}

/** The sample at this share of the sorted row, 0 to 1. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.round(share * (sorted.length - 1))];
  if (found === undefined) throw new RangeError('quantile of nothing');
  return found;
}

/** A ratio of medians, both sides measured in one run, interleaved. */
export function ratioFigure(
  name: string,
  ours: readonly number[],
  against: readonly number[],
  atMost: number | null,
  note: string,
  unit: Unit = 'ms',
): Figure {
  const [ourMedian, otherMedian] = [median(ours), median(against)];
  return {
    name,
    ours: ourMedian,
    against: otherMedian,
    unit,
    value: ourMedian / otherMedian,
    leastValue: quantile(ours, 0.25) / quantile(against, 0.75),
    atMost,
    samples: Math.min(ours.length, against.length),
    note,
  };
}

export function absoluteFigure(name: string, ours: readonly number[], unit: Unit, atMost: number | null, note: string): Figure {
  const value = median(ours);
  return { name, ours: value, against: null, unit, value, leastValue: quantile(ours, 0.25), atMost, samples: ours.length, note };
}

/** A figure of which one side is not to be had here. */
export function missingFigure(name: string, atMost: number, why: string): Figure {
  return { name, ours: null, against: null, unit: 'ms', value: null, leastValue: null, atMost, samples: 0, note: why };
}

/** Over is what the limit excludes even when the spread of this run is allowed for: a busy machine alone must not fail a change. */
export function verdictOf({ value, leastValue, atMost }: Figure): Verdict {
  if (value === null) return 'not measured';
  if (atMost === null) return 'told';
  if (value <= atMost) return 'ok';
  return leastValue !== null && leastValue <= atMost ? 'over, within the spread' : 'over';
}

function shown(value: number | null, unit: string): string {
  return value === null ? '–' : `${value.toFixed(unit === 'MB' ? 1 : value < 10 ? 2 : 0)} ${unit}`;
}

export function printFigures(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    shown(figure.ours, figure.unit),
    shown(figure.against, figure.unit),
    figure.against === null || figure.value === null ? '–' : figure.value.toFixed(figure.value < 0.1 ? 3 : 2),
    figure.atMost === null ? '–' : `${figure.atMost}`,
    verdictOf(figure),
    `${figure.samples}`,
    figure.note,
  ]);
  const head = ['FIGURE', 'OURS', 'AGAINST', 'RATIO', 'AT MOST', 'VERDICT', 'N', 'NOTE'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
