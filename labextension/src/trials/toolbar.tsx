import React, { forwardRef, useId } from 'react';

import type { Refusal, Schemas } from '../api/client';
import { Button } from '../parts/button';
import { Fault } from '../parts/fault';
import { clearsOnEscape } from '../parts/keys';
import { countOf } from '../text/numbers';
import { ColumnChoice } from './choice';
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
      <ColumnChoice run={props.run} columns={props.columns} onColumns={props.onColumns} />
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
        <p id={fault} className="gj-Toolbar-fault">
          {props.fault.problem?.fault ? (
            <Fault fault={props.fault.problem.fault} />
          ) : (
            <span role="alert">✗ {props.fault.message}</span>
          )}
        </p>
      )}
    </div>
  );
});
