import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Schemas } from '../api/client';
import { Bar } from '../parts/bar';
import { Button, IconButton } from '../parts/button';
import { MenuItem, openMenu } from '../parts/menu';
import { Sign } from '../parts/signs';
import type { IRunActions } from '../runs/actions';
import { countOf, formatMetric } from '../text/numbers';
import { hasEnded } from '../text/states';

interface IHeader {
  run: Schemas['RunDetail'];
  acts: IRunActions;
  menu: MenuItem[];
  /** What stands beside the buttons: a cell opens the run in a tab. */
  extra?: React.ReactNode;
}

/** A run's name, state, how far it is in one sentence, its bar, and what can be done to it. */
export function Header(props: IHeader): React.JSX.Element {
  const { run, acts } = props;
  return (
    <div className="gj-Header">
      <div className="gj-Header-first">
        <Sign state={run.state} />
        <h1 className="gj-Header-name">{run.run}</h1>
        <span className="gj-Header-state">{run.state}</span>
        <span className="gj-Header-acts">
          {!hasEnded(run.state) && <Button onClick={() => void acts.stop()}>Stop run…</Button>}
          <button
            type="button"
            className="gj-Button"
            aria-haspopup="menu"
            onClick={event => openMenu(event.currentTarget, rerunMenu(run, acts))}
          >
            Rerun ▾
          </button>
          <IconButton
            icon={ellipsesIcon}
            label={`More for ${run.run}`}
            menu
            onClick={event => openMenu(event.currentTarget, props.menu)}
          />
          {props.extra}
        </span>
      </div>
      <p className="gj-Header-sentence">{sentence(run)}</p>
      <Bar counts={run.counts} held={run.state === 'paused'} />
    </div>
  );
}

/** How far a run is, when it is done, what it costs, and what is best. */
function sentence(run: Schemas['RunDetail']): string {
  const parts = [
    `${run.ended.toLocaleString('en-US')} of ${run.trials.toLocaleString('en-US')} ended`
  ];
  if (run.time_left) {
    parts.push(run.time_left);
  }
  if (run.spent) {
    parts.push(run.spent);
  }
  if (run.best) {
    parts.push(`best ${run.best.metric} ${formatMetric(run.best.value)}, trial ${run.best.trial}`);
  } else if (run.metric && !run.mode) {
    parts.push('best: choose lowest or highest');
  }
  return parts.join(' · ');
}

function rerunMenu(run: Schemas['RunDetail'], acts: IRunActions): MenuItem[] {
  const failed = (run.counts['failed'] ?? 0) + (run.counts['interrupted'] ?? 0);
  return [
    {
      label: `Rerun ${failed} failed`,
      disabled: !failed,
      onSelect: () => void acts.rerun({ failed: true })
    },
    {
      label: 'Rerun missing',
      disabled: !run.ended,
      onSelect: () => void acts.rerun({ missing: true })
    },
    {
      label: `Rerun all ${countOf(run.trials, 'trial')}`,
      disabled: !run.ended,
      onSelect: () => void acts.rerun({})
    },
    null,
    { label: 'Rerun with changes…', onSelect: () => void acts.change() }
  ];
}
