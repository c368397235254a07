import { max, min, quantileSorted } from 'd3-array';
import { scaleLinear, ScaleLinear, scaleLog, ScaleLogarithmic } from 'd3-scale';

/** A scale of numbers, linear or logarithmic. */
export type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

/** How many times the smallest value the largest is, from which on a logarithmic scale shows more. */
const SPAN = 100;

/** How many times as high as without them a picture may become for the sake of outliers. */
const STRETCH = 2;

/** Whether a logarithmic scale suits numbers best. */
export function suitsLog(values: readonly number[]): boolean {
  const low = min(values) ?? 0;
  return low > 0 && (max(values) ?? 0) / low >= SPAN;
}

/** Whether a few large values would push all others together on a linear scale. */
export function isCrowded(values: readonly number[]): boolean {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[0], sorted[sorted.length - 1]];
  const most = quantileSorted(sorted, 0.75) ?? high;
  return low > 0 && high / low >= 10 && (most - low) / (high - low) < 0.1;
}

/** Return the span that a picture covers: all, or without outliers that would flatten the rest. */
export function spanOf(values: readonly number[], log: boolean, all: boolean): [number, number] {
  const sorted = values.filter(value => !log || value > 0).sort((a, b) => a - b);
  const low = sorted[0];
  const high = sorted[sorted.length - 1];
  if (low === undefined || high === undefined) {
    return log ? [1, 10] : [0, 1];
  }
  const lower = quantileSorted(sorted, 0.02) ?? low;
  const upper = quantileSorted(sorted, 0.98) ?? high;
  const length = (from: number, to: number): number => (log ? Math.log(to / from) : to - from);
  const core = length(lower, upper);
  const kept = all || core === 0 || length(low, high) <= STRETCH * core;
  const [from, to] = kept ? [low, high] : [lower, upper];
  if (from < to) {
    return [from, to];
  }
  return log
    ? [from / 2, from * 2]
    : [from - (Math.abs(from) / 10 || 1), from + (Math.abs(from) / 10 || 1)];
}

export function makeScale(
  span: readonly [number, number],
  range: readonly [number, number],
  log: boolean
): Scale {
  return log ? scaleLog(span, range) : scaleLinear(span, range);
}

/** Return about so many round numbers on a scale; of a logarithmic one the powers of ten, if there are enough. */
export function ticksOf(scale: Scale, count: number): number[] {
  const ticks = scale.ticks(count);
  if (ticks.length <= count) {
    return ticks;
  }
  const powers = ticks.filter(tick => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  const kept = powers.length >= 2 ? powers : ticks;
  const step = Math.ceil(kept.length / count);
  return kept.filter((_, place) => place % step === 0);
}

/** Return the text of a tick. */
export function tickText(value: number): string {
  const short = Number(value.toPrecision(6));
  const size = Math.abs(short);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) {
    return short.toExponential().replace('e+', 'e');
  }
  return String(short);
}

/** Move heights apart until each has room above the lowest; their order stays. */
export function spread(heights: readonly number[], room: number, lowest = Infinity): number[] {
  const order = heights.map((_, place) => place).sort((a, b) => at(heights, a) - at(heights, b));
  const result = [...heights];
  let last = -Infinity;
  for (const place of order) {
    last = Math.max(at(heights, place), last + room);
    result[place] = last;
  }
  last = lowest + room;
  for (const place of order.reverse()) {
    last = Math.min(at(result, place), last - room);
    result[place] = last;
  }
  return result;
}

function at(values: readonly number[], place: number): number {
  return values[place] ?? 0;
}
