import React, { memo } from 'react';

import type { IAxis } from './axes';
import { seriesStyle } from './style';

/** Ranks are told apart in so many tints. */
const TINTS = 6;

interface IStrands {
  axes: readonly IAxis[];
  lefts: readonly number[];
  trials: readonly number[];
  /** Which of the trials are marked. */
  fits: readonly boolean[];
  ticked: readonly number[];
}

/** Return the line of the trial at a place among all. */
export function strand(axes: readonly IAxis[], lefts: readonly number[], place: number): string {
  return axes
    .map((axis, number) => {
      const y = axis.scale(axis.positions[place] ?? 0);
      return `${number ? 'L' : 'M'}${(lefts[number] ?? 0).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** A line for each trial, tinted by rank, the best on top. */
export const Strands = memo(function Strands(props: IStrands): React.JSX.Element {
  const { axes, lefts, trials, fits } = props;
  const count = trials.length;
  // Trials come the best first. Those of one tint are one path, which is quick to draw.
  const paths = Array.from({ length: TINTS }, (): string[] => []);
  const out: string[] = [];
  trials.forEach((_, place) => {
    const d = strand(axes, lefts, place);
    if (fits[place]) {
      const tint = Math.floor((place * TINTS) / count);
      paths[tint]?.push(d);
    } else {
      out.push(d);
    }
  });
  return (
    <g aria-hidden="true" className="gj-Strands" data-many={count > 100 || undefined}>
      <path className="gj-Strand" data-out d={out.join('')} />
      {paths
        .map((d, tint) => (
          <path
            key={tint}
            className="gj-Strand"
            d={d.join('')}
            style={
              {
                '--gj-part': `${Math.round(80 * (1 - tint / (TINTS - 1)))}%`
              } as React.CSSProperties
            }
          />
        ))
        .reverse()}
      {props.ticked.map((trial, number) => {
        const place = trials.indexOf(trial);
        const { stroke, dashes } = seriesStyle(number);
        return (
          place >= 0 && (
            <path
              key={trial}
              className="gj-Strand"
              data-ticked
              style={{ stroke }}
              strokeDasharray={dashes}
              d={strand(axes, lefts, place)}
            />
          )
        );
      })}
      {fits[0] && <path className="gj-Strand" data-best d={strand(axes, lefts, 0)} />}
    </g>
  );
});

/** Return the place of the trial whose line is nearest to a point; -1 where none is near. */
export function strandAt(
  axes: readonly IAxis[],
  lefts: readonly number[],
  fits: readonly boolean[],
  x: number,
  y: number
): number {
  const right = lefts.findIndex(left => left >= x);
  const from = axes[right - 1];
  const to = axes[right];
  if (!from || !to) {
    return -1;
  }
  const start = lefts[right - 1] ?? 0;
  const part = (x - start) / ((lefts[right] ?? 1) - start);
  let nearest = -1;
  let least = 10;
  fits.forEach((fit, place) => {
    const a = from.scale(from.positions[place] ?? 0);
    const b = to.scale(to.positions[place] ?? 0);
    const far = Math.abs(a + (b - a) * part - y);
    if (fit && far < least) {
      least = far;
      nearest = place;
    }
  });
  return nearest;
}
