import { scaleLinear } from 'd3-scale';

import type { Schemas } from '../api/client';
import { formatMetric } from '../text/numbers';
import { isCrowded, makeScale, Scale, spanOf, suitsLog, tickText, ticksOf } from './scale';

/** A value at an axis: as it fits there, and whole. */
export interface ITick {
  at: number;
  text: string;
  whole: string;
}

/** An axis of parallel coordinates: an argument that varies, or the metric. */
export interface IAxis {
  /** `params.lr` or `metrics.val_loss`: what a condition names. */
  id: string;
  label: string;
  numeric: boolean;
  log: boolean;
  /** The values that occur, as they were passed. */
  values: readonly string[];
  /** Where each trial stands: its number, or the place of its word. */
  positions: readonly number[];
  scale: Scale;
  ticks: readonly ITick[];
}

/** So many values at most get a tick each. */
const MOST_TICKS = 12;

/** Pixels between two ticks. */
const ROOM = 14;

/**
 * Return the axes of a picture in the order of the command, the metric last.
 *
 * @param range The pixels at the lower and the upper end.
 */
export function axesOf(answer: Schemas['Parallel'], range: readonly [number, number]): IAxis[] {
  const axes = answer.axes.map(axis => {
    const numbers = axis.numeric ? axis.values.map(Number) : axis.values.map((_, place) => place);
    const positions = axis.places.map(place => numbers[place] ?? 0);
    const scale = axis.numeric
      ? makeScale(spanOf(numbers, axis.log, true), range, axis.log)
      : scaleLinear([-0.5, numbers.length - 0.5], range);
    const real = numbers.map((at, place) => tick(at, axis.values[place] ?? '', axis.numeric));
    return {
      id: `params.${axis.label}`,
      label: axis.label,
      numeric: axis.numeric,
      log: axis.log,
      values: axis.values,
      positions,
      scale,
      ticks: parted(axis.numeric && real.length > MOST_TICKS ? roundTicks(scale) : real, scale)
    };
  });
  return [...axes, metricAxis(answer, range)];
}

function metricAxis(answer: Schemas['Parallel'], [low, high]: readonly [number, number]): IAxis {
  const { values, mode } = answer;
  const metric = answer.metric ?? '';
  const log = suitsLog(values) || isCrowded(values);
  // The best are at the top.
  const range: [number, number] = mode === 'min' ? [high, low] : [low, high];
  const scale = makeScale(spanOf(values, log, true), range, log);
  const ends = scale.domain().map(at => tick(at, formatMetric(at), true));
  return {
    id: `metrics.${metric}`,
    label: metric,
    numeric: true,
    log,
    values: [],
    positions: values,
    scale,
    ticks: parted([...ends, ...roundTicks(scale)], scale)
  };
}

/** Signs of a tick that fit beside an axis. */
const SIGNS = 9;

function tick(at: number, whole: string, numeric: boolean): ITick {
  const short = whole.length <= SIGNS;
  const cut = numeric ? tickText(Number(at.toPrecision(4))) : `${whole.slice(0, SIGNS - 1)}…`;
  return { at, text: short ? whole : cut, whole };
}

function roundTicks(scale: Scale): ITick[] {
  return ticksOf(scale, 6).map(at => tick(at, tickText(at), true));
}

/** Return ticks without those that would stand on others. */
function parted(ticks: readonly ITick[], scale: Scale): ITick[] {
  const kept: ITick[] = [];
  for (const each of ticks) {
    if (kept.every(other => Math.abs(scale(other.at) - scale(each.at)) >= ROOM)) {
      kept.push(each);
    }
  }
  return kept;
}

/** Return axes in the order that was chosen; those that it does not know stay where they are. */
export function ordered(axes: readonly IAxis[], order: readonly string[]): IAxis[] {
  const known = axes.filter(axis => order.includes(axis.id));
  known.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  return axes.map(axis => (order.includes(axis.id) ? (known.shift() ?? axis) : axis));
}

/** Return an order in which one axis stands a place further left (-1) or right (1). */
export function shifted(axes: readonly IAxis[], id: string, step: number): string[] {
  const ids = axes.map(axis => axis.id);
  const from = ids.indexOf(id);
  const to = from + step;
  if (from >= 0 && to >= 0 && to < ids.length) {
    ids.splice(to, 0, ...ids.splice(from, 1));
  }
  return ids;
}
