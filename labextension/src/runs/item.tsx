import { ellipsesIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import React, { memo, useState } from 'react';

import type { Schemas } from '../api/client';
import { Acts } from '../parts/acts';
import { Bar } from '../parts/bar';
import { Button, IconButton } from '../parts/button';
import { openMenu } from '../parts/menu';
import { Name } from '../parts/name';
import { Sign } from '../parts/signs';
import { useServices } from '../state/services';
import { countOf, formatCount, formatMetric, formatWhen } from '../text/numbers';
import { hasEnded } from '../text/states';
import { resumeLabel, runMenu, useRunActions } from './actions';
import { trans } from '../text/trans';

type Row = Schemas['RunRow'];

/** A run in the list: three lines; a click opens its tab. */
export const RunItem = memo(function RunItem(props: {
  run: Row;
  /** What `whenOf` says now: it changes with time, and not only with the run. */
  when: string;
  onChanged: () => void;
}): React.JSX.Element {
  const { run } = props;
  const services = useServices();
  const [refusal, setRefusal] = useState('');
  const acts = useRunActions(run, props.onChanged, setRefusal);
  const menu = (at: HTMLElement | { x: number; y: number }): void =>
    openMenu(at, runMenu(run, acts, services.actions));
  const { banner } = run;
  const held = HELD.has(run.state) ? banner : null;
  const under = !hasEnded(run.state) && !held;
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
          <Name className="gj-RunItem-name" text={run.run} />
          <span className="gj-sr">{run.state}</span>
          <span className="gj-RunItem-when">{props.when}</span>
        </span>
        {under && <Bar counts={run.counts} />}
        <span className="gj-RunItem-last" title={banner?.text ?? run.reason ?? undefined}>
          {banner ? reason(banner.text) : sentence(run)}
        </span>
      </button>
      {held && (
        <Acts className="gj-RunItem-held">
          <Button onClick={() => void acts.resume(held.limits)}>{resumeLabel(held)}</Button>
        </Acts>
      )}
      <Acts className="gj-RunItem-acts">
        {under && (
          <IconButton
            icon={stopIcon}
            label={trans.__('Stop %1…', run.run)}
            onClick={() => void acts.stop()}
          />
        )}
        {!under && !held && (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Rerun %1 with changes…', run.run)}
            onClick={() => void acts.change()}
          />
        )}
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More for %1', run.run)}
          menu
          onClick={event => menu(event.currentTarget)}
        />
      </Acts>
      {refusal && (
        <span className="gj-RunItem-refusal" role="alert">
          {refusal}
        </span>
      )}
    </li>
  );
});

/** States in which a run waits for its user. */
const HELD: ReadonlySet<string> = new Set(['paused', 'interrupted']);

/** Return how long a run takes yet, or when it was made. */
export function whenOf(run: Row): string {
  if (run.state === 'running') {
    return (run.ended > 0 && run.time_left) || run.state;
  }
  return hasEnded(run.state) && !HELD.has(run.state) ? formatWhen(run.created) : run.state;
}

/** The reason alone: that the run is paused is said above it. */
function reason(text: string): string {
  const told = text.replace(/^Paused: /, '');
  return `${told.slice(0, 1).toUpperCase()}${told.slice(1)}`;
}

/** What stands in a run's last line: how far it is or how it ended, and its best value. */
function sentence(run: Row): string {
  const failed = run.counts['failed'] ?? 0;
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
  if (run.spent) {
    parts.push(run.spent);
  }
  return parts.join(' · ');
}
