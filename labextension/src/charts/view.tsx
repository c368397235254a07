import React, { useMemo, useState } from 'react';

import type { Schemas } from '../api/client';
import { Button } from '../parts/button';
import type { IMetricChoice } from '../run/metric';
import { trans } from '../text/trans';
import { Controls } from './controls';
import { NoMetrics } from './empty';
import type { ILook } from './lines';
import { MetricChart } from './metric';

/** So many charts at first: each asks for curves of its own. */
const FIRST = 4;

const LOOK: ILook = { smoothing: 0, along: 'step', by: '' };

interface ICurvesView {
  run: Schemas['RunDetail'];
  choice: IMetricChoice;
  /** The trials that stand out; or, with `alone`, those that are shown. */
  ticked: ReadonlySet<number>;
  alone?: boolean;
}

/** A chart for each metric, the chosen one first. */
export function Curves(props: ICurvesView): React.JSX.Element {
  const { run, alone } = props;
  const [look, setLook] = useState(LOOK);
  const [most, setMost] = useState(FIRST);
  const ticked = useMemo(() => [...props.ticked], [props.ticked]);
  if (run.metrics.length === 0) {
    return <NoMetrics />;
  }
  const left = run.metrics.length - most;
  return (
    <div className="gj-Charts" data-alone={alone}>
      <Controls look={look} onLook={setLook} varying={alone ? [] : run.varying} />
      <div className="gj-Charts-all">
        {run.metrics.slice(0, most).map(metric => (
          <MetricChart
            key={metric}
            run={run}
            metric={metric}
            choice={props.choice}
            ticked={ticked}
            alone={alone}
            look={look}
          />
        ))}
      </div>
      {left > 0 && (
        <Button onClick={() => setMost(run.metrics.length)}>
          {trans._n('Show %1 more metric', 'Show %1 more metrics', left)}
        </Button>
      )}
    </div>
  );
}
