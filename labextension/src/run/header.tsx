import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Schemas } from '../api/client';
import { Acts } from '../parts/acts';
import { Bar } from '../parts/bar';
import { Button, IconButton } from '../parts/button';
import { MenuItem, openMenu } from '../parts/menu';
import { Sign } from '../parts/signs';
import type { IRunActions } from '../runs/actions';
import { countOf, formatCount, formatMetric } from '../text/numbers';
import { hasEnded } from '../text/states';
import { trans } from '../text/trans';

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
        <Acts className="gj-Header-acts">
          {!hasEnded(run.state) && (
            <Button onClick={() => void acts.stop()}>{trans.__('Stop run…')}</Button>
          )}
          <button
            type="button"
            className="gj-Button"
            aria-haspopup="menu"
            onClick={event => openMenu(event.currentTarget, rerunMenu(run, acts))}
          >
            {trans.__('Rerun ▾')}
          </button>
          <IconButton
            icon={ellipsesIcon}
            label={trans.__('More for %1', run.run)}
            menu
            onClick={event => openMenu(event.currentTarget, props.menu)}
          />
          {props.extra}
        </Acts>
      </div>
      <p className="gj-Header-sentence">{sentence(run)}</p>
      <Bar counts={run.counts} held={run.state === 'paused'} />
    </div>
  );
}

/** How far a run is, when it is done, what it costs, and what is best. */
function sentence(run: Schemas['RunDetail']): string {
  const parts = [trans.__('%1 of %2 ended', formatCount(run.ended), formatCount(run.trials))];
  if (run.time_left) {
    parts.push(run.time_left);
  }
  if (run.spent) {
    parts.push(run.spent);
  }
  if (run.best) {
    parts.push(
      trans.__(
        'best %1 %2, trial %3',
        run.best.metric,
        formatMetric(run.best.value),
        run.best.trial
      )
    );
  } else if (run.metric && !run.mode) {
    parts.push(trans.__('best: choose lowest or highest'));
  }
  return parts.join(' · ');
}

function rerunMenu(run: Schemas['RunDetail'], acts: IRunActions): MenuItem[] {
  const failed = (run.counts['failed'] ?? 0) + (run.counts['interrupted'] ?? 0);
  return [
    {
      label: trans.__('Rerun %1 failed', failed),
      disabled: !failed,
      onSelect: () => void acts.rerun({ failed: true })
    },
    {
      label: trans.__('Rerun missing'),
      disabled: !run.ended,
      onSelect: () => void acts.rerun({ missing: true })
    },
    {
      label: trans.__('Rerun all %1', countOf(run.trials, 'trial')),
      disabled: !run.ended,
      onSelect: () => void acts.rerun({})
    },
    null,
    { label: trans.__('Rerun with changes…'), onSelect: () => void acts.change() }
  ];
}
