import { ellipsesIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { Bar } from '../parts/bar';
import { IconButton } from '../parts/button';
import { openMenu } from '../parts/menu';
import { Sign } from '../parts/signs';
import { useServices } from '../state/services';
import { countOf, cutMiddle, formatCount, formatMetric, formatWhen } from '../text/numbers';
import { hasEnded } from '../text/states';
import { runMenu, useRunActions } from './actions';
import { trans } from '../text/trans';

type Row = Schemas['RunRow'];

/** A run in the list: three lines; a click opens its tab. */
export function RunItem(props: { run: Row; onChanged: () => void }): React.JSX.Element {
  const { run } = props;
  const services = useServices();
  const [refusal, setRefusal] = useState('');
  const acts = useRunActions(run, props.onChanged, setRefusal);
  const menu = (at: HTMLElement | { x: number; y: number }): void =>
    openMenu(at, runMenu(run, acts, services.actions));
  const under = !hasEnded(run.state);
  return (
    <li
      className="gj-RunItem"
      data-state={run.state}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        menu({ x: event.clientX, y: event.clientY });
      }}
    >
      <button
        type="button"
        className="gj-RunItem-open"
        onClick={() => services.actions.openRun(run.run)}
      >
        <span className="gj-RunItem-first">
          <Sign state={run.state} />
          <span className="gj-RunItem-name" title={run.run}>
            {cutMiddle(run.run, 26)}
          </span>
          <span className="gj-sr">{run.state}</span>
          <span className="gj-RunItem-when">{when(run)}</span>
        </span>
        {under && run.state !== 'paused' && <Bar counts={run.counts} />}
        <span className="gj-RunItem-last" title={run.reason ?? undefined}>
          {run.state === 'paused' ? run.reason : sentence(run)}
        </span>
      </button>
      <span className="gj-RunItem-acts">
        {under && run.state !== 'paused' ? (
          <IconButton
            icon={stopIcon}
            label={trans.__('Stop %1…', run.run)}
            onClick={() => void acts.stop()}
          />
        ) : (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Resume %1', run.run)}
            onClick={() => void acts.resume()}
          />
        )}
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More for %1', run.run)}
          menu
          onClick={event => menu(event.currentTarget)}
        />
      </span>
      {refusal && (
        <span className="gj-RunItem-refusal" role="alert">
          {refusal}
        </span>
      )}
    </li>
  );
}

function when(run: Row): string {
  if (run.state === 'running') {
    return run.time_left ?? '';
  }
  return hasEnded(run.state) ? formatWhen(run.created) : run.state;
}

/** What stands in a run's last line: how far it is or how it ended, and its best value. */
function sentence(run: Row): string {
  const failed = (run.counts['failed'] ?? 0) + (run.counts['interrupted'] ?? 0);
  const parts = [
    hasEnded(run.state)
      ? countOf(run.trials, 'trial')
      : trans.__('%1 of %2', formatCount(run.ended), formatCount(run.trials))
  ];
  if (failed) {
    parts.push(trans.__('%1 failed', formatCount(failed)));
  }
  if (run.best) {
    parts.push(formatMetric(run.best.value));
  }
  return parts.join(' · ');
}
