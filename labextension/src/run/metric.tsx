import React from 'react';

import type { Schemas } from '../api/client';
import { trans } from '../text/trans';

export interface IMetricChoice {
  metric?: string;
  mode?: 'min' | 'max';
}

/** Which metric tells the best trial, and whether its lowest or highest value does. */
export function MetricChoice(props: {
  run: Schemas['RunDetail'];
  onChoose: (choice: IMetricChoice) => void;
}): React.JSX.Element | null {
  const { run, onChoose } = props;
  if (run.metrics.length === 0) {
    return null;
  }
  const mode = run.mode ?? '';
  return (
    <span className="gj-Metric">
      <label>
        {trans.__('Metric')}{' '}
        <select
          className="gj-Select"
          value={run.metric ?? ''}
          onChange={event => onChoose({ metric: event.target.value })}
        >
          {[...run.metrics].sort().map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <select
        className="gj-Select"
        aria-label={trans.__('Which value is best')}
        value={mode}
        onChange={event =>
          onChoose({ metric: run.metric ?? undefined, mode: event.target.value as 'min' | 'max' })
        }
      >
        {!mode && <option value="">{trans.__('choose')}</option>}
        <option value="min">{trans.__('lowest')}</option>
        <option value="max">{trans.__('highest')}</option>
      </select>
    </span>
  );
}
