import React, { useMemo, useState } from 'react';

import type { Schemas } from '../api/client';
import { Trouble, Waiting } from '../parts/trouble';
import type { IMetricChoice } from '../run/metric';
import { formatCount, formatMetric } from '../text/numbers';
import { trans } from '../text/trans';
import { Chart } from './chart';
import { ILook, pictureOf } from './lines';
import { CurveTable } from './table';
import { MOST, useCurves } from './use';
import { useValues } from './values';

interface IMetricChart {
  run: Schemas['RunDetail'];
  metric: string;
  choice: IMetricChoice;
  /** The trials that stand out; or, with `alone`, those that are shown. */
  ticked: readonly number[];
  alone?: boolean;
  look: ILook;
}

const NOBODY: readonly number[] = [];

/** The curves of one metric, as they grow. */
export function MetricChart(props: IMetricChart): React.JSX.Element {
  const { run, metric, choice, ticked, look } = props;
  const [figures, setFigures] = useState(false);
  const best = useCurves({ run: run.run, metric, choice, trials: props.alone ? [] : undefined });
  const others = ticked.filter(trial => !best.data?.curves.has(trial));
  const named = useCurves({ run: run.run, metric, choice, trials: others });
  const curves = useMemo(
    () => new Map([...(best.data?.curves ?? []), ...(named.data?.curves ?? [])]),
    [best.data, named.data]
  );
  const values = useValues(run.run, look.by, look.by ? [...curves.keys()] : NOBODY);
  const leader = metric === run.metric && !props.alone ? run.best?.trial : undefined;
  const mode = metric === run.metric ? run.mode : null;
  const chosen = ticked.join();
  const picture = useMemo(
    () =>
      pictureOf({
        curves,
        ticked: chosen ? chosen.split(',').map(Number) : NOBODY,
        best: leader,
        mode,
        look,
        values
      }),
    [curves, chosen, leader, mode, look, values]
  );
  const drawn = picture.lines.some(each => each.points.length > 0);
  const measured = best.data?.measured ?? 0;
  const along = picture.dots
    ? trans.__('trial')
    : look.along === 'step'
      ? trans.__('step')
      : trans.__('s');
  return (
    <section className="gj-MetricChart" aria-label={trans.__('Curves of %1', metric)}>
      <header>
        <strong>{metric}</strong>
        <span className="gj-hint">
          {measured > MOST && trans.__('%1 of %2 shown, the best', MOST, formatCount(measured))}
        </span>
        <button type="button" className="gj-Link" onClick={() => setFigures(!figures)}>
          {figures ? trans.__('Show as picture') : trans.__('Show as table')}
        </button>
      </header>
      <Trouble live={best} />
      {!best.data && !best.error && <Waiting rows={4} />}
      {best.data &&
        (figures ? (
          <CurveTable metric={metric} curves={curves} best={leader} />
        ) : curves.size > 0 && !drawn ? (
          <p className="gj-Empty">{trans.__('No finite value of %1.', metric)}</p>
        ) : curves.size > 0 ? (
          <Chart
            picture={picture}
            sentence={sentenceOf(run, metric, curves.size, along)}
            along={along}
            log={look.log}
          />
        ) : (
          named.data && <p className="gj-Empty">{trans.__('No values of %1 yet.', metric)}</p>
        ))}
    </section>
  );
}

function sentenceOf(
  run: Schemas['RunDetail'],
  metric: string,
  trials: number,
  along: string
): string {
  const first = trans._n(
    '%2 of %1 trial along %3.',
    '%2 of %1 trials along %3.',
    trials,
    metric,
    along
  );
  const best = run.best;
  if (metric !== run.metric || !best) {
    return first;
  }
  return `${first} ${trans.__('Best: %1, trial %2.', formatMetric(best.value), best.trial)}`;
}
