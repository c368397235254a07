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

/** Return the order with a window of it as it is now; places that no longer exist are forgotten. */
export function renewed(
  shown: Order,
  offset: number,
  trials: readonly number[],
  total: number,
  keep: boolean
): Order {
  const order = new Map(keep ? shown : []);
  trials.forEach((trial, place) => order.set(offset + place, trial));
  for (const place of order.keys()) {
    if (place >= total) {
      order.delete(place);
    }
  }
  return order;
}

const MOST_KEPT = 5_000;

/** Return what is known of trials, with what came now; of too many, those that came before are forgotten. */
export function gathered<T extends { trial: number }>(
  known: ReadonlyMap<number, T>,
  rows: readonly T[]
): ReadonlyMap<number, T> {
  const all = new Map(known.size > MOST_KEPT ? [] : known);
  rows.forEach(row => all.set(row.trial, row));
  return all;
}
