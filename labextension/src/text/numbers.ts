import type { Schemas } from '../api/client';
import { trans } from './trans';

type Value = Schemas['Value'];

const DIGITS = 4;

/** Return a count with separators: `12,480,112`. */
export function formatCount(count: number): string {
  return count < 1e15 ? Math.round(count).toLocaleString('en-US') : formatPower(count);
}

function formatPower(count: number): string {
  const [digits, power] = count.toExponential(1).split('e+');
  return `${digits} × 10^${power}`;
}

/** Return a count with its noun: `1 trial`, `12 trials`. */
export function countOf(count: number, noun: string): string {
  // Whole sentences would be better for translators; these few nouns stand alone.
  const forms: Partial<Record<string, string>> = {
    trial: trans._n('%2 trial', '%2 trials', count, formatCount(count)),
    value: trans._n('%2 value', '%2 values', count, formatCount(count)),
    GPU: trans._n('%2 GPU', '%2 GPUs', count, formatCount(count))
  };
  return forms[noun] ?? `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Return the most decimals that a value of a column has. */
export function decimalsFor(values: readonly Value[]): number {
  const sizes = values
    .filter((value): value is number => typeof value === 'number' && value !== 0)
    .map(Math.abs)
    .filter(size => size >= 0.001 && size < 1e6);
  return sizes.every(Number.isInteger) ? 0 : Math.max(...sizes.map(decimalsOf));
}

function decimalsOf(size: number): number {
  return Math.max(0, DIGITS - 1 - Math.floor(Math.log10(size)));
}

/** A blank as wide as a digit. */
const FIGURE_SPACE = '\u2007';

/**
 * Return a metric with four significant digits.
 *
 * @param decimals Those of its column, in which the points stand below each other. A large value among small ones
 *   keeps their digits this way, and has none that nobody wants to read.
 */
export function formatMetric(value: Value, decimals?: number): string {
  if (typeof value !== 'number' || value === 0) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size < 0.001 || size >= 1e6) {
    return value.toExponential(DIGITS - 1);
  }
  const own = (decimals ?? decimalsFor([value])) && decimalsOf(size);
  return value.toFixed(own) + FIGURE_SPACE.repeat(Math.max(0, (decimals ?? own) - own));
}

/** More digits than anybody types: a number that was drawn. */
const DRAWN = 8;

/** Return a parameter as it was passed; one that was drawn, with all its digits, by four of them. */
export function formatParameter(text: string): string {
  const digits = /^-?(\d*\.\d+)(e[-+]?\d+)?$/i.exec(text)?.[1]?.replace('.', '').replace(/^0+/, '');
  if (digits === undefined || digits.length < DRAWN) {
    return text;
  }
  const value = Number(text);
  const size = Math.abs(value);
  return size < 0.0001 || size >= 1e6
    ? value.toExponential(DIGITS - 1)
    : String(Number(value.toPrecision(DIGITS)));
}

/** Return a duration: `< 0.1 s`, `0.8 s`, `42 s`, `3 m 07 s`, `1 h 04 m` or `2 d 03 h`. */
export function formatDuration(seconds: number): string {
  const pad = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  if (seconds > 0 && seconds < 0.05) {
    return '< 0.1 s';
  }
  if (seconds < 9.95) {
    return `${Math.max(0, seconds).toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`;
  }
  if (whole < 86_400) {
    return `${Math.floor(whole / 3600)} h ${pad((whole % 3600) / 60)} m`;
  }
  return `${Math.floor(whole / 86_400)} d ${pad((whole % 86_400) / 3600)} h`;
}

/** Return a size: `82 KB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** Return when something was: `just now`, `4 min ago`, `3 h ago`, `yesterday` or the date; both in epoch seconds. */
export function formatWhen(then: number, now: number = Date.now() / 1000): string {
  const minutes = Math.floor(Math.max(0, now - then) / 60);
  if (minutes < 60) {
    return minutes ? trans.__('%1 min ago', minutes) : trans.__('just now');
  }
  const day = new Date(then * 1000);
  const midnight = new Date(now * 1000).setHours(0, 0, 0, 0);
  if (day.getTime() >= midnight) {
    return trans.__('%1 h ago', Math.floor(minutes / 60));
  }
  if (day.getTime() >= midnight - 86_400_000) {
    return trans.__('yesterday');
  }
  const pad = (part: number): string => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
}
