import { Along, bestSoFar, Curve, grouped, Point, pointsOf, smooth } from './curve';
import { seriesStyle } from './style';

/** How curves are shown. */
export interface ILook {
  /** 0 to 0.9. */
  smoothing: number;
  /** What was chosen; from the data where nothing was. */
  log?: boolean;
  along: Along;
  /** The parameter whose values are told apart. */
  by: string;
}

/** A line of a chart. */
export interface ILine {
  key: string;
  /** What stands at its end, and in the list of what is under the pointer. */
  name: string;
  kind: 'other' | 'series' | 'best';
  points: readonly Point[];
  /** Before it was smoothed. */
  raw?: readonly Point[];
  band?: readonly [number, number, number][];
  stroke?: string;
  dashes?: string;
}

/** What a chart shows. */
export interface IPicture {
  lines: ILine[];
  /** Single values: a dot each, along the trials. */
  dots: boolean;
}

interface IShown {
  curves: ReadonlyMap<number, Curve>;
  /** The trials that are ticked, in that order. */
  ticked: readonly number[];
  best?: number;
  mode: 'min' | 'max' | null;
  look: ILook;
  /** What the trials were given for the parameter by which they are grouped. */
  values: ReadonlyMap<number, string>;
}

/** Return the lines of a chart, those that stand out last. */
export function pictureOf(shown: IShown): IPicture {
  const { curves, look } = shown;
  const all = [...curves.values()];
  if (all.length > 1 && all.every(curve => curve.total <= 1)) {
    return { lines: ofSingles(shown), dots: true };
  }
  const drawn = all.map(curve => ({ trial: curve.trial, points: pointsOf(curve, look.along) }));
  if (look.by) {
    const lines = drawn.map(({ trial, points }) => ({
      name: shown.values.get(trial) ?? '',
      points: smooth(points, look.smoothing)
    }));
    return { lines: ofGroups(lines), dots: false };
  }
  const lines = drawn
    .filter(({ points }) => points.length > 0)
    .map(({ trial, points }): ILine => {
      const place = shown.ticked.indexOf(trial);
      const line: ILine = {
        key: String(trial),
        name: trial === shown.best ? `★ ${trial}` : String(trial),
        kind: trial === shown.best ? 'best' : place >= 0 ? 'series' : 'other',
        points: look.smoothing > 0 ? smooth(points, look.smoothing) : points,
        ...(place >= 0 ? seriesStyle(place) : {})
      };
      if (look.smoothing > 0) {
        line.raw = points;
      }
      return line;
    });
  const rank = { other: 0, series: 1, best: 2 };
  return { lines: lines.sort((a, b) => rank[a.kind] - rank[b.kind]), dots: false };
}

const MOST_GROUPS = 8;

function ofGroups(lines: readonly { name: string; points: readonly Point[] }[]): ILine[] {
  return grouped(lines).map((group, place) => ({
    key: group.name,
    name: group.name,
    kind: place < MOST_GROUPS ? 'series' : 'other',
    points: group.mean,
    band: group.band,
    ...(place < MOST_GROUPS ? seriesStyle(place) : {})
  }));
}

function ofSingles(shown: IShown): ILine[] {
  const singles = [...shown.curves.values()]
    .flatMap(({ trial, points }): Point[] => {
      const value = points[0]?.[1];
      return typeof value === 'number' ? [[trial, value]] : [];
    })
    .sort((a, b) => a[0] - b[0]);
  const lines: ILine[] = singles.map(point => {
    const place = shown.ticked.indexOf(point[0]);
    return {
      key: String(point[0]),
      name: point[0] === shown.best ? `★ ${point[0]}` : String(point[0]),
      kind: point[0] === shown.best ? 'best' : place >= 0 ? 'series' : 'other',
      points: [point],
      ...(place >= 0 ? seriesStyle(place) : {})
    };
  });
  if (shown.mode) {
    const points = bestSoFar(singles, shown.mode);
    lines.unshift({ key: 'best so far', name: '', kind: 'other', points });
  }
  return lines;
}
