/** Milliseconds between two times that rows may change place by themselves. */
export const CALM = 4_000;

/** Which rows a table shows, and in which order: by place, counted over all rows. */
export type Order = ReadonlyMap<number, number>;

/** Return how many trials of a window stand elsewhere than they are shown. */
export function moved(shown: Order, offset: number, trials: readonly number[]): number {
  return trials.filter((trial, place) => {
    const was = shown.get(offset + place);
    return was !== undefined && was !== trial;
  }).length;
}

/** Return the order with a window of it as it is now; places that no longer exist, or hold nothing known, are forgotten. */
export function renewed(
  shown: Order,
  offset: number,
  trials: readonly number[],
  total: number,
  keep: boolean,
  known: { has: (trial: number) => boolean }
): Order {
  const order = new Map(keep ? shown : []);
  trials.forEach((trial, place) => order.set(offset + place, trial));
  for (const [place, trial] of order) {
    if (place >= total || !known.has(trial)) {
      order.delete(place);
    }
  }
  return order;
}

const MOST_KEPT = 1_000;

/**
 * Return what is known of trials, with what came now; of too many, those that came long ago and are not shown are
 * forgotten.
 * What is as it was stays the same object, so that it is not drawn anew.
 */
export function gathered<T extends { trial: number }>(
  known: ReadonlyMap<number, T>,
  rows: readonly T[],
  shown: ReadonlySet<number>
): ReadonlyMap<number, T> {
  const all = new Map(known);
  for (const row of rows) {
    const before = all.get(row.trial);
    all.delete(row.trial);
    all.set(row.trial, before && JSON.stringify(before) === JSON.stringify(row) ? before : row);
  }
  for (const trial of all.keys()) {
    if (all.size <= MOST_KEPT) {
      break;
    }
    if (!shown.has(trial)) {
      all.delete(trial);
    }
  }
  return all;
}
