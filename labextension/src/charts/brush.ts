import type { IAxis } from './axes';

/** Ends of what was marked on an axis: numbers, or on an axis of words places among its values. */
export interface IBrush {
  low: number;
  high: number;
}

/** What is marked, by axis. */
export type Brushes = ReadonlyMap<string, IBrush>;

/** A condition that another view's brushes put on the trials, and what it says. */
export interface IBrushed {
  brushes: Brushes;
  /** In the language of the filter; empty where nothing is marked. */
  condition: string;
}

export const UNBRUSHED: IBrushed = { brushes: new Map(), condition: '' };

/** Whether a place on an axis is marked, or nothing is. */
export function within(brush: IBrush | undefined, at: number): boolean {
  return !brush || (brush.low <= at && at <= brush.high);
}

/** Return brushes as a condition, in which each axis stands by its own name. */
export function brushed(axes: readonly IAxis[], brushes: Brushes): IBrushed {
  const parts = axes.flatMap(axis => {
    const brush = brushes.get(axis.id);
    return brush ? [conditionOf(axis, brush)] : [];
  });
  return { brushes, condition: parts.join(' and ') };
}

function conditionOf(axis: IAxis, brush: IBrush): string {
  const name = `\`${axis.id}\``;
  if (!axis.numeric) {
    const texts = axis.values.filter((_, place) => within(brush, place)).map(literal);
    return `${name} in [${texts.join(', ')}]`;
  }
  return `${name} >= ${brush.low} and ${name} <= ${brush.high}`;
}

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Return a value as the filter's language writes it. */
function literal(value: string): string {
  return NUMBER.test(value) || ['True', 'False', 'None'].includes(value)
    ? value
    : JSON.stringify(value);
}

/** Return a brush that ends at values that occur: these are the ends in the condition. */
export function snapped(axis: IAxis, brush: IBrush): IBrush {
  const inside = axis.positions.filter(at => within(brush, at));
  if (inside.length === 0) {
    return { low: round(brush.low), high: round(brush.high) };
  }
  return { low: Math.min(...inside), high: Math.max(...inside) };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Return the places among a picture's trials that all brushes leave in. */
export function fitting(axes: readonly IAxis[], brushes: Brushes, count: number): boolean[] {
  return Array.from({ length: count }, (_, place) =>
    axes.every(axis => within(brushes.get(axis.id), axis.positions[place] ?? NaN))
  );
}
