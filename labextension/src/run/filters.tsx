import React from 'react';

import type { Schemas } from '../api/client';
import { Sign } from '../parts/signs';
import { formatCount } from '../text/numbers';
import { DONE_FIRST, TrialState } from '../text/states';
import { trans } from '../text/trans';

/** The states of a run's trials with their counts; a click shows only those. */
export function StateFilters(props: {
  counts: Schemas['Counts'];
  chosen: ReadonlySet<TrialState>;
  onChoose: (chosen: ReadonlySet<TrialState>) => void;
}): React.JSX.Element {
  const toggle = (state: TrialState): void => {
    const chosen = new Set(props.chosen);
    if (!chosen.delete(state)) {
      chosen.add(state);
    }
    props.onChoose(chosen);
  };
  return (
    <div className="gj-Filters" role="group" aria-label={trans.__('Show trials by state')}>
      {DONE_FIRST.filter(state => props.counts[state] || props.chosen.has(state)).map(state => (
        <button
          key={state}
          type="button"
          className="gj-Filter"
          aria-pressed={props.chosen.has(state)}
          onClick={() => toggle(state)}
        >
          <Sign state={state} /> {formatCount(props.counts[state] ?? 0)} {state}
        </button>
      ))}
    </div>
  );
}
