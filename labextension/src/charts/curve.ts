import { bisector, max, mean, min } from 'd3-array';

import type { Schemas } from '../api/client';

/** What one trial wrote of one metric: `[step, value, time]` each. */
export type Curve = Schemas['Metrics']['curves'][number];

export type Point = [x: number, y: number];

/** What the curves go along: the script's own steps, or the seconds since the trial's first value. */
export type Along = 'step' | 'time';

/** Return the points of a curve that can be drawn, from left to right. */
export function pointsOf(curve: Curve, along: Along): Point[] {
  const begin = curve.points[0]?.[2] ?? 0;
  const points: Point[] = [];
  for (const [step, value, time] of curve.points) {
    if (typeof value === 'number') {
      points.push([along === 'step' ? step : time - begin, value]);
    }
  }
  return points.sort((a, b) => a[0] - b[0]);
}

/**
 * Return points that follow others with less haste: the exponential moving average, corrected for its beginning at
 * zero as in Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), section 3.
 *
 * @param weight How much of the former average is kept, 0 (nothing) to below 1.
 */
export function smooth(points: readonly Point[], weight: number): Point[] {
  let average = 0;
  let known = 0;
  return points.map(([x, y]) => {
    average = weight * average + (1 - weight) * y;
    known = weight * known + (1 - weight);
    return [x, average / known];
  });
}

/** Return the best value up to each point. */
export function bestSoFar(points: readonly Point[], mode: 'min' | 'max'): Point[] {
  let best = mode === 'min' ? Infinity : -Infinity;
  return points.map(([x, y]) => {
    best = mode === 'min' ? Math.min(best, y) : Math.max(best, y);
    return [x, best];
  });
}

const bisect = bisector((point: Point) => point[0]);

/** Return the point of a line that is nearest to a place along it; none where the line does not reach. */
export function nearest(points: readonly Point[], x: number, reach: number): Point | undefined {
  const found = points[bisect.center(points, x)];
  return found && Math.abs(found[0] - x) <= reach ? found : undefined;
}

/** Return the height of a line between its points; none where it has begun not yet, or has ended. */
function heightAt(points: readonly Point[], x: number): number | undefined {
  const place = bisect.left(points, x);
  const right = points[place];
  if (!right || right[0] === x) {
    return right?.[1];
  }
  const left = points[place - 1];
  return left && left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}

/** Several lines as one. */
export interface IGroup {
  name: string;
  count: number;
  mean: Point[];
  /** x, lowest and highest. */
  band: [x: number, low: number, high: number][];
}

const PLACES = 100;

/** Return lines with the same name as their mean and range, at evenly spaced places. */
export function grouped(lines: readonly { name: string; points: readonly Point[] }[]): IGroup[] {
  const named = new Map<string, (readonly Point[])[]>();
  for (const { name, points } of lines) {
    if (points.length > 0) {
      named.set(name, [...(named.get(name) ?? []), points]);
    }
  }
  return [...named].map(([name, members]) => {
    const low = min(members, points => points[0]?.[0]) ?? 0;
    const high = max(members, points => points[points.length - 1]?.[0]) ?? 0;
    const longest = max(members, points => points.length) ?? 1;
    const places = Math.min(PLACES, longest);
    const group: IGroup = { name, count: members.length, mean: [], band: [] };
    for (let place = 0; place < places; place++) {
      const x = places > 1 ? low + ((high - low) * place) / (places - 1) : low;
      const heights = members.flatMap(points => heightAt(points, x) ?? []);
      const middle = mean(heights);
      if (middle !== undefined) {
        group.mean.push([x, middle]);
        group.band.push([x, Math.min(...heights), Math.max(...heights)]);
      }
    }
    return group;
  });
}
