import { area, curveStepAfter, line } from 'd3-shape';
import React, { memo, useId, useMemo, useRef, useState } from 'react';

import { trans } from '../text/trans';
import { formatMetric } from '../text/numbers';
import { nearest, Point } from './curve';
import type { ILine, IPicture } from './lines';
import { makeScale, Scale, spanOf, spread, suitsLog, tickText, ticksOf } from './scale';
import { useSize } from './size';

const HEIGHT = 260;
const EDGE = { top: 8, right: 60, bottom: 28, left: 56 };
const LABEL = 13;
const READ = 5;

interface IChart {
  picture: IPicture;
  /** What it shows, in a sentence. */
  sentence: string;
  /** The name of what goes along. */
  along: string;
  log?: boolean;
}

/** Lines along steps, time or trials; what is under the pointer stands below. */
export function Chart(props: IChart): React.JSX.Element {
  const { picture, log } = props;
  const root = useRef<HTMLDivElement>(null);
  const { width } = useSize(root);
  const [all, setAll] = useState(false);
  const [pointer, setPointer] = useState<Point | null>(null);
  const frame = useMemo(() => frameOf(picture, width, log, all), [picture, width, log, all]);
  const read = pointer ? readAt(picture, frame, pointer) : [];
  const move = (event: React.PointerEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const at: Point = [event.clientX - box.left, event.clientY - box.top];
    setPointer(at[0] >= EDGE.left && at[0] <= width - EDGE.right ? at : null);
  };
  return (
    <div ref={root} className="gj-Chart">
      <svg
        role="img"
        aria-label={props.sentence}
        width={width}
        height={HEIGHT}
        onPointerMove={move}
        onPointerLeave={() => setPointer(null)}
      >
        <Axes frame={frame} along={props.along} />
        <Lines frame={frame} lines={picture.lines} dots={picture.dots} />
        <Ends frame={frame} lines={picture.lines} dots={picture.dots} />
        {pointer && (
          <path
            className="gj-Chart-pointer"
            d={`M${pointer[0]} ${EDGE.top}V${HEIGHT - EDGE.bottom}`}
          />
        )}
        {read.map(({ each, point }) => (
          <circle
            key={each.key}
            className="gj-Chart-read"
            data-kind={each.kind}
            cx={frame.x(point[0])}
            cy={frame.y(point[1])}
            r={3}
          />
        ))}
      </svg>
      <p className="gj-Chart-reading">
        {read.length > 0 &&
          [`${props.along} ${tickText(read[0]?.point[0] ?? 0)}`]
            .concat(read.map(({ each, point }) => `${each.name}: ${formatMetric(point[1])}`))
            .join(' · ')}
        {read.length === 0 && frame.out > 0 && (
          <>
            {trans._n('%1 curve leaves the picture', '%1 curves leave the picture', frame.out)}{' '}
            <button type="button" className="gj-Link" onClick={() => setAll(true)}>
              {trans.__('Show all')}
            </button>
          </>
        )}
      </p>
    </div>
  );
}

interface IFrame {
  width: number;
  x: Scale;
  y: Scale;
  /** How many lines leave the picture. */
  out: number;
}

function frameOf(picture: IPicture, width: number, log: boolean | undefined, all: boolean): IFrame {
  const { lines } = picture;
  const xs = lines.flatMap(each => each.points.map(point => point[0]));
  const ys = lines.flatMap(each => [
    ...(each.raw ?? each.points).map(point => point[1]),
    ...(each.band ?? []).flatMap(([, low, high]) => [low, high])
  ]);
  const logarithmic = (log ?? suitsLog(ys)) && ys.some(y => y > 0);
  const [low, high] = spanOf(ys, logarithmic, all);
  const x = makeScale(
    spanOf(xs, false, true),
    [EDGE.left, Math.max(EDGE.left + 1, width - EDGE.right)],
    false
  );
  const y = makeScale([low, high], [HEIGHT - EDGE.bottom, EDGE.top], logarithmic).nice();
  const [from = low, to = high] = y.domain();
  const leaves = ([, value]: Point): boolean =>
    value > to || (value < from && (!logarithmic || value > 0));
  const out = lines.filter(each => each.points.some(leaves)).length;
  return { width, x, y, out };
}

function Axes(props: { frame: IFrame; along: string }): React.JSX.Element {
  const { x, y, width } = props.frame;
  return (
    <g className="gj-Chart-axes" aria-hidden="true">
      {ticksOf(y, 6).map(tick => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <path d={`M${EDGE.left} 0H${width - EDGE.right}`} />
          <text x={EDGE.left - 6} dy="0.32em" textAnchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {ticksOf(x, Math.max(2, Math.floor(width / 90))).map(tick => (
        <text key={tick} x={x(tick)} y={HEIGHT - EDGE.bottom + 16} textAnchor="middle">
          {tickText(tick)}
        </text>
      ))}
      <text x={width - EDGE.right + 16} y={HEIGHT - EDGE.bottom + 16}>
        {props.along}
      </text>
    </g>
  );
}

interface ILines {
  frame: IFrame;
  lines: readonly ILine[];
  dots: boolean;
}

const Lines = memo(function Lines(props: ILines): React.JSX.Element {
  const clip = useId();
  const { x, y, width } = props.frame;
  const positive = ([, value]: Point): boolean => Number.isFinite(y(value));
  const path = line<Point>(
    point => x(point[0]),
    point => y(point[1])
  ).defined(positive);
  const band = area<[number, number, number]>(
    point => x(point[0]),
    point => y(point[1]),
    point => y(point[2])
  );
  const step = line<Point>(
    point => x(point[0]),
    point => y(point[1])
  ).curve(curveStepAfter);
  return (
    <g aria-hidden="true" clipPath={`url(#${clip})`}>
      <clipPath id={clip}>
        <rect
          x={EDGE.left - 3}
          y={EDGE.top - 3}
          width={Math.max(0, width - EDGE.left - EDGE.right + 6)}
          height={HEIGHT - EDGE.top - EDGE.bottom + 6}
        />
      </clipPath>
      {props.lines.map(each => {
        const only = each.points.length === 1 ? each.points[0] : undefined;
        const look = { stroke: each.stroke, color: each.stroke };
        return (
          <g key={each.key} className="gj-Curve" data-kind={each.kind} style={look}>
            {each.band && <path className="gj-Curve-band" d={band(each.band) ?? ''} />}
            {each.raw && <path className="gj-Curve-raw" d={path(each.raw) ?? ''} />}
            {only ? (
              <circle cx={x(only[0])} cy={y(only[1])} r={3} />
            ) : (
              <path
                className="gj-Curve-path"
                strokeDasharray={each.dashes}
                d={(props.dots ? step : path)(each.points) ?? ''}
              />
            )}
          </g>
        );
      })}
    </g>
  );
});

/** Names at the ends of the lines that stand out. */
const Ends = memo(function Ends(props: ILines): React.JSX.Element {
  const { x, y } = props.frame;
  const [bottom = 0, top = 0] = y.range();
  const ends = props.lines.flatMap(each => {
    const end = each.points[each.points.length - 1];
    return end && each.kind !== 'other' && each.name ? [{ each, end }] : [];
  });
  const heights = spread(
    ends.map(({ end }) => Math.min(bottom, Math.max(top + 4, y(end[1])))),
    LABEL,
    bottom
  );
  return (
    <g aria-hidden="true">
      {ends.map(({ each, end }, place) => (
        <text
          key={each.key}
          className="gj-Curve-name"
          data-kind={each.kind}
          style={{ fill: each.kind === 'best' ? undefined : each.stroke }}
          x={x(end[0]) + 6}
          y={heights[place]}
          dy="0.32em"
        >
          {each.name.length > 9 ? `${each.name.slice(0, 8)}…` : each.name}
        </text>
      ))}
    </g>
  );
});

/** Return what is nearest to the pointer, of each line one point at most. */
function readAt(
  picture: IPicture,
  frame: IFrame,
  [left, top]: Point
): { each: ILine; point: Point }[] {
  const x = frame.x.invert(left);
  const reach = Math.abs(frame.x.invert(left + 20) - x);
  return picture.lines
    .filter(each => each.name)
    .flatMap(each => {
      const point = nearest(each.points, x, reach);
      const far = point && Math.abs(frame.y(point[1]) - top);
      return point && Number.isFinite(far) ? [{ each, point, far: far ?? 0 }] : [];
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, READ);
}
