import React, { useRef, useState } from 'react';

import { trans } from '../text/trans';
import type { IAxis } from './axes';
import { IBrush, snapped } from './brush';

/** Half the width in which an axis can be marked. */
const REACH = 12;

interface IAxisView {
  axis: IAxis;
  left: number;
  top: number;
  bottom: number;
  last: boolean;
  brush?: IBrush;
  onBrush: (brush: IBrush | null) => void;
}

/** One axis: a drag along it marks a stretch, a click on it marks nothing. */
export function AxisView(props: IAxisView): React.JSX.Element {
  const { axis, left, top, bottom, brush } = props;
  const begin = useRef<number | null>(null);
  const [drag, setDrag] = useState<IBrush | null>(null);
  const shown = drag ?? brush;
  const at = (event: React.PointerEvent<SVGRectElement>): number => {
    const svg = event.currentTarget.ownerSVGElement;
    const y = event.clientY - (svg?.getBoundingClientRect().top ?? 0);
    return axis.scale.invert(Math.max(top, Math.min(bottom, y)));
  };
  const ends = shown && [axis.scale(shown.low), axis.scale(shown.high)].sort((a, b) => a - b);
  // A stretch that ends at one value is still to be seen.
  const high = ends?.[0] ?? 0;
  const low = ends?.[1] ?? 0;
  return (
    <g className="gj-Axis" transform={`translate(${left} 0)`}>
      <path className="gj-Axis-line" d={`M0 ${top}V${bottom}`} />
      {axis.ticks.map(tick => (
        <text
          key={tick.at}
          x={props.last ? 6 : -6}
          y={axis.scale(tick.at)}
          dy="0.32em"
          textAnchor={props.last ? 'start' : 'end'}
        >
          {tick.text}
          <title>{tick.whole}</title>
        </text>
      ))}
      {shown && (
        <rect
          className="gj-Axis-brush"
          x={-6}
          width={12}
          y={high - 4}
          height={Math.max(0, low - high) + 8}
        />
      )}
      <rect
        className="gj-Axis-reach"
        data-axis={axis.label}
        x={-REACH}
        width={2 * REACH}
        y={top - 6}
        height={bottom - top + 12}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          begin.current = at(event);
        }}
        onPointerMove={event => {
          if (begin.current !== null) {
            setDrag(between(begin.current, at(event)));
          }
        }}
        onPointerUp={event => {
          if (begin.current !== null) {
            const marked = between(begin.current, at(event));
            props.onBrush(drag ? snapped(axis, marked) : null);
          }
          begin.current = null;
          setDrag(null);
        }}
      >
        <title>{trans.__('Drag along %1 to mark trials', axis.label)}</title>
      </rect>
    </g>
  );
}

function between(a: number, b: number): IBrush {
  return { low: Math.min(a, b), high: Math.max(a, b) };
}
