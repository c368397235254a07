import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { Banner } from '../parts/banner';
import { Button } from '../parts/button';
import { useRunActions } from '../runs/actions';
import { trans } from '../text/trans';
import { Compare } from '../trial/compare';

interface ITicked {
  run: Schemas['RunDetail'];
  ticked: ReadonlySet<number>;
  onTicked: (ticked: ReadonlySet<number>) => void;
  /** Show their curves. */
  onCurves: () => void;
}

const MOST_COMPARED = 4;

/** What can be done with the trials that are ticked. */
export function Ticked(props: ITicked): React.JSX.Element | null {
  const [refusal, setRefusal] = useState('');
  const [comparing, setComparing] = useState(false);
  const acts = useRunActions(props.run, nothing, setRefusal);
  const trials = [...props.ticked];
  if (trials.length === 0) {
    return null;
  }
  const comparable = trials.length >= 2 && trials.length <= MOST_COMPARED;
  return (
    <>
      {comparing && comparable && (
        <Compare run={props.run} trials={trials} onClose={() => setComparing(false)} />
      )}
      {refusal && <Banner alert>{refusal}</Banner>}
      <div className="gj-Ticked" role="group" aria-label={trans.__('Ticked trials')}>
        {trans.__('%1 ticked ·', trials.length)}
        {comparable && (
          <Button onClick={() => setComparing(!comparing)}>{trans.__('Compare')}</Button>
        )}
        {props.run.metrics.length > 0 && (
          <Button onClick={props.onCurves}>{trans.__('Show curves')}</Button>
        )}
        <Button onClick={() => void acts.rerun({ trials })}>
          {trans.__('Rerun %1', trials.length)}
        </Button>
        <Button onClick={() => props.onTicked(new Set())}>{trans.__('Clear')}</Button>
      </div>
    </>
  );
}

function nothing(): void {
  // The table hears of the change by itself.
}
