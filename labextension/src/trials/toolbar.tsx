import { caretDownIcon } from '@jupyterlab/ui-components';
import React, { forwardRef, useId } from 'react';

import type { Refusal, Schemas } from '../api/client';
import { Button } from '../parts/button';
import { clearsOnEscape } from '../parts/keys';
import { MenuItem, openMenu } from '../parts/menu';
import { countOf } from '../text/numbers';
import { allColumns, firstColumns, Group } from './columns';
import { trans } from '../text/trans';

interface IToolbar {
  run: Schemas['RunDetail'];
  typed: string;
  onType: (text: string) => void;
  fault?: Refusal;
  total?: number;
  columns: readonly string[];
  onColumns: (columns: string[]) => void;
  /** Whether only what is marked in the parallel coordinates is shown. */
  brushed: boolean;
  onUnbrush: () => void;
  moved: number;
  onSortNow: () => void;
}

/** What stands above the table: what is the same for all trials, the filter, and the choice of columns. */
export const Toolbar = forwardRef<HTMLInputElement, IToolbar>(function Toolbar(props, ref) {
  const fault = useId();
  return (
    <div className="gj-Toolbar">
      <input
        ref={ref}
        type="search"
        className="gj-Input"
        placeholder={trans.__('Filter: lr < 0.01 and state == failed')}
        aria-label={trans.__('Filter trials')}
        aria-invalid={props.fault !== undefined}
        aria-describedby={props.fault && fault}
        value={props.typed}
        onChange={event => props.onType(event.target.value)}
        onKeyDown={clearsOnEscape(props.typed, () => props.onType(''))}
      />
      <span className="gj-Toolbar-count">
        {props.total === undefined ? '' : countOf(props.total, 'trial')}
      </span>
      <button
        type="button"
        className="gj-Button"
        aria-haspopup="menu"
        onClick={event => openMenu(event.currentTarget, columnMenu(props))}
      >
        {trans.__('Columns')}
        <caretDownIcon.react tag="span" className="gj-Icon" />
      </button>
      {props.brushed && (
        <span className="gj-Toolbar-brush">
          {trans.__('as marked in Parallel')}{' '}
          <Button onClick={props.onUnbrush}>{trans.__('Clear brush')}</Button>
        </span>
      )}
      {props.moved > 0 && (
        <span className="gj-Toolbar-moved">
          {trans._n('%1 row changed place ·', '%1 rows changed place ·', props.moved)}{' '}
          <Button onClick={props.onSortNow}>{trans.__('Sort now')}</Button>
        </span>
      )}
      {props.fault && (
        <p id={fault} className="gj-Fault" role="alert">
          ✗ {props.fault.problem?.fault?.message ?? props.fault.message}
        </p>
      )}
    </div>
  );
});

function columnMenu(props: IToolbar): MenuItem[] {
  const all = allColumns(props.run);
  const chosen = new Set(props.columns);
  const toggle = (id: string): void => {
    const keep = chosen.has(id) ? props.columns.filter(one => one !== id) : [...props.columns, id];
    props.onColumns(keep);
  };
  const items: MenuItem[] = [];
  for (const group of ['Parameters', 'Metrics', 'About'] satisfies Group[]) {
    for (const column of all.filter(one => one.group === group && one.id !== 'trial')) {
      items.push({
        label: column.title,
        toggled: chosen.has(column.id),
        onSelect: () => toggle(column.id)
      });
    }
    items.push(null);
  }
  return [
    ...items,
    { label: trans.__('Reset'), onSelect: () => props.onColumns(firstColumns(props.run)) }
  ];
}
