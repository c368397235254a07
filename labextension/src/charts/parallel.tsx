import React, { useCallback, useMemo, useRef, useState } from 'react';

import { answer, Schemas } from '../api/client';
import { Button } from '../parts/button';
import { Trouble, Waiting } from '../parts/trouble';
import type { IMetricChoice } from '../run/metric';
import { useLive } from '../state/live';
import { usePreference } from '../state/preference';
import { useServices } from '../state/services';
import { formatCount, formatMetric, formatParameter } from '../text/numbers';
import type { TrialState } from '../text/states';
import { trans } from '../text/trans';
import { axesOf, ordered, shifted } from './axes';
import { AxisView } from './axis';
import { brushed, fitting, IBrush, IBrushed, UNBRUSHED } from './brush';
import { NoMetrics } from './empty';
import { AxisHeads } from './heads';
import { useSize } from './size';
import { strand, strandAt, Strands } from './strands';

/** At most so many lines: more are a blot. */
const MOST = 1_000;

/** Milliseconds between two questions for all trials. */
const SPACING = 2_000;

const TOP = 12;
const SIDE = 72;

interface IParallel {
  run: Schemas['RunDetail'];
  choice: IMetricChoice;
  states: ReadonlySet<TrialState>;
  ticked: ReadonlySet<number>;
  brush: IBrushed;
  onBrush: (brush: IBrushed) => void;
  onOpen: (trial: number) => void;
}

/** Parallel coordinates: what trials were given, and what came of it. */
export function Parallel(props: IParallel): React.JSX.Element {
  const { api } = useServices();
  const { run, metric, metrics } = props.run;
  const { choice } = props;
  const state = [...props.states].join(',');
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/parallel', {
          params: { path: { run }, query: { ...choice, state, most: MOST } },
          signal
        })
      ),
    [api, run, choice, state]
  );
  const live = useLive(load, run, SPACING);
  if (metrics.length === 0) {
    return <NoMetrics />;
  }
  return (
    <div className="gj-Parallel">
      <Trouble live={live} />
      {!live.data && !live.error && <Waiting rows={6} />}
      {live.data &&
        (live.data.trials.length < 2 ? (
          <p className="gj-Empty">{trans.__('Needs two trials with %1.', metric ?? '')}</p>
        ) : (
          <Picture {...props} known={live.data} />
        ))}
    </div>
  );
}

/** Pixels between two axes, at least: beyond that the picture scrolls. */
const LEAST = 72;

function Picture(props: IParallel & { known: Schemas['Parallel'] }): React.JSX.Element {
  const { known, brush, run } = props;
  const root = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(root);
  const [order, setOrder] = usePreference<string[]>(`axes:${run.script ?? ''}`, []);
  const [over, setOver] = useState(-1);
  const bottom = Math.max(TOP + 60, height - TOP);
  const axes = useMemo(() => ordered(axesOf(known, [bottom, TOP]), order), [known, bottom, order]);
  const lefts = useMemo(() => {
    const room = Math.max(0, width - 2 * SIDE) / Math.max(1, axes.length - 1);
    return axes.map((_, place) => SIDE + place * room);
  }, [axes, width]);
  const { trials } = known;
  const fits = useMemo(() => fitting(axes, brush.brushes, trials.length), [axes, brush, trials]);
  const fit = fits.filter(Boolean).length;
  const ticked = useMemo(() => [...props.ticked], [props.ticked]);
  const mark = (id: string, marked: IBrush | null): void => {
    const brushes = new Map(brush.brushes);
    if (marked) {
      brushes.set(id, marked);
    } else {
      brushes.delete(id);
    }
    props.onBrush(brushed(axes, brushes));
  };
  const move = (event: React.PointerEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setOver(strandAt(axes, lefts, fits, event.clientX - box.left, event.clientY - box.top));
  };
  const trial = trials[over];
  return (
    <>
      <p className="gj-Parallel-told">
        {brush.condition ? (
          <>
            {trans.__('%1 of %2', formatCount(fit), formatCount(trials.length))}{' '}
            <Button onClick={() => props.onBrush(UNBRUSHED)}>{trans.__('Clear brush')}</Button>{' '}
          </>
        ) : (
          <span>{trans.__('Drag along an axis to mark trials, here and in the table.')} </span>
        )}
        <span className="gj-hint">{leftOut(known)}</span>
      </p>
      <div className="gj-Parallel-scroll">
        <div
          className="gj-Parallel-wide"
          style={{ minWidth: 2 * SIDE + LEAST * (axes.length - 1) }}
        >
          <AxisHeads
            axes={axes}
            lefts={lefts}
            onShift={(id, step) => setOrder(shifted(axes, id, step))}
          />
          <div ref={root} className="gj-Parallel-picture">
            <svg
              role="img"
              aria-label={sentenceOf(known, fit)}
              width={width}
              height={height}
              data-over={trial !== undefined || undefined}
              onPointerMove={move}
              onPointerLeave={() => setOver(-1)}
              onClick={() => trial !== undefined && props.onOpen(trial)}
            >
              <Strands axes={axes} lefts={lefts} trials={trials} fits={fits} ticked={ticked} />
              {trial !== undefined && (
                <path className="gj-Strand" data-over d={strand(axes, lefts, over)} />
              )}
              {axes.map((axis, place) => (
                <AxisView
                  key={axis.id}
                  axis={axis}
                  left={lefts[place] ?? 0}
                  top={TOP}
                  bottom={bottom}
                  last={place === axes.length - 1}
                  brush={brush.brushes.get(axis.id)}
                  onBrush={marked => mark(axis.id, marked)}
                />
              ))}
            </svg>
          </div>
        </div>
      </div>
      <p className="gj-Chart-reading">{trial !== undefined && readingOf(known, over, trial)}</p>
    </>
  );
}

/** Return what is not in the picture, and why. */
function leftOut(known: Schemas['Parallel']): string {
  const parts: string[] = [];
  if (known.measured > known.trials.length) {
    parts.push(
      trans.__(
        '%1 of %2 trials are drawn, spread evenly by rank; the table has all.',
        formatCount(known.trials.length),
        formatCount(known.measured)
      )
    );
  }
  if (known.without > 0) {
    parts.push(
      trans._n('%1 trial without %2', '%1 trials without %2', known.without, known.metric ?? '')
    );
  }
  return parts.join(' ');
}

function sentenceOf(known: Schemas['Parallel'], fit: number): string {
  const labels = known.axes.map(axis => axis.label).join(', ');
  return trans._n(
    '%2 and %3 of %1 trial; the table has the same trials in figures.',
    '%2 and %3 of %1 trials; the table has the same trials in figures.',
    fit,
    labels,
    known.metric ?? ''
  );
}

function readingOf(known: Schemas['Parallel'], place: number, trial: number): string {
  const given = known.axes.map(
    axis => `${axis.label} ${formatParameter(axis.values[axis.places[place] ?? 0] ?? '')}`
  );
  const value = `${known.metric ?? ''} ${formatMetric(known.values[place] ?? NaN)}`;
  return [trans.__('Trial %1', trial), ...given, value].join(' · ');
}
