import React, { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';

import type { Schemas } from '../api/client';
import { Button } from '../parts/button';
import { Trouble, Waiting } from '../parts/trouble';
import type { IMetricChoice } from '../run/metric';
import { usePreference } from '../state/preference';
import type { TrialState } from '../text/states';
import { TrialDetail, TrialTab } from '../trial/detail';
import { chosenColumns, firstColumns, layOut } from './columns';
import { Grid } from './grid';
import { sortedBy } from './heads';
import { IQuery, useRows } from './rows';
import { Ticked } from './ticked';
import { Toolbar } from './toolbar';
import { IBrushed, UNBRUSHED } from '../charts/brush';
import { trans } from '../text/trans';

interface ITrials {
  run: Schemas['RunDetail'];
  place: 'tab' | 'cell';
  states: ReadonlySet<TrialState>;
  choice: IMetricChoice;
  /** What is marked in the parallel coordinates. */
  brush: IBrushed;
  onBrush: (brush: IBrushed) => void;
  ticked: ReadonlySet<number>;
  onTicked: (ticked: ReadonlySet<number>) => void;
  /** Show the curves of those that are ticked. */
  onCurves: () => void;
  /** The trial that is shown at first. */
  first?: number;
}

/** The trials of a run: the table, and the details of one of them beside it or in its place. */
export function Trials(props: ITrials): React.JSX.Element {
  const { run } = props;
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState({ sort: 'best', descending: false });
  const [open, setOpen] = useState<number | null>(props.first ?? null);
  const [tab, setTab] = useState<TrialTab>('log');
  const [calm, setCalm] = useState(false);
  const [columns, setColumns] = usePreference<string[] | null>(`columns:${run.script ?? ''}`, null);
  const filter = useRef<HTMLInputElement>(null);
  const widths = useRef(new Map<string, number>());
  const root = useRef<HTMLDivElement>(null);

  const where = useDeferredValue(typed.trim());
  const query: IQuery = useMemo(
    () => ({
      where,
      within: props.brush.condition,
      states: [...props.states].join(','),
      ...sort,
      ...props.choice
    }),
    [where, props.brush, props.states, sort, props.choice]
  );
  const rows = useRows(run.run, query, calm);
  const shown = columns ?? firstColumns(run);
  const laid = useMemo(
    () => layOut(chosenColumns(run, shown), rows.known, widths.current),
    // A run's detail is new with each answer; its columns are not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [shown.join(), run.metrics.join(), rows.known]
  );
  // Rows are drawn anew only for a layout that looks otherwise.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const layout = useMemo(() => laid, [laid.key]);
  const tick = (trial: number): void => {
    const ticked = new Set(props.ticked);
    if (!ticked.delete(trial)) {
      ticked.add(trial);
    }
    props.onTicked(ticked);
  };
  const close = (): void => {
    setOpen(null);
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>('.gj-Grid')?.focus());
  };
  useEffect(() => setOpen(props.first ?? null), [props.first]);

  const constants = run.constants.map(({ flag, label, value }) =>
    [flag ?? label, value ?? ''].join(' ').trim()
  );
  return (
    <div ref={root} className="gj-Trials" data-open={open !== null || undefined}>
      <div className="gj-Trials-table">
        {constants.length > 0 && (
          <p className="gj-Constants">{trans.__('All trials: %1', constants.join(' '))}</p>
        )}
        <Toolbar
          ref={filter}
          run={run}
          typed={typed}
          onType={setTyped}
          fault={rows.fault}
          total={rows.total}
          columns={shown}
          onColumns={setColumns}
          brushed={props.brush.condition !== ''}
          onUnbrush={() => props.onBrush(UNBRUSHED)}
          moved={rows.moved}
          onSortNow={rows.sortNow}
        />
        <Trouble live={rows.live} />
        {rows.total === undefined && !rows.live.error && <Waiting rows={4} />}
        {rows.total === 0 ? (
          <p className="gj-Empty">
            {trans.__('No trial fits.')}{' '}
            <Button
              onClick={() => {
                setTyped('');
                props.onBrush(UNBRUSHED);
              }}
            >
              {trans.__('Clear filter')}
            </Button>
          </p>
        ) : (
          <Grid
            rows={rows}
            layout={layout}
            query={query}
            label={trans.__('Trials of %1', run.run)}
            open={open}
            ticked={props.ticked}
            closable={open !== null || typed !== ''}
            onSort={id => setSort(sortedBy(query, id))}
            onOpen={setOpen}
            onTick={tick}
            onBusy={setCalm}
            onStep={step => {
              if (step.kind === 'filter') {
                filter.current?.focus();
              } else if (step.kind === 'close' && open !== null) {
                close();
              } else if (step.kind === 'close') {
                setTyped('');
              } else if (step.kind === 'log') {
                setTab('log');
              } else if (step.kind === 'curves' && props.ticked.size > 0) {
                props.onCurves();
              }
            }}
          />
        )}
        <Ticked
          run={run}
          ticked={props.ticked}
          onTicked={props.onTicked}
          onCurves={props.onCurves}
        />
      </div>
      {open !== null && (
        <TrialDetail
          key={open}
          run={run}
          trial={open}
          choice={props.choice}
          tab={tab}
          onTab={setTab}
          onClose={close}
        />
      )}
    </div>
  );
}
