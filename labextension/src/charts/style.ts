const DASHES = [undefined, '6 3', '2 2', '8 3 2 3'];
const COLOURS = 8;

/** Return the look of the n-th series: a colour of its own, and dashes for those who cannot tell colours apart. */
export function seriesStyle(place: number): { stroke: string; dashes?: string } {
  return {
    stroke: `var(--gj-series-${(place % COLOURS) + 1})`,
    dashes: DASHES[place % DASHES.length]
  };
}
