import React, { memo } from 'react';

import type { Schemas } from '../api/client';
import { Sign, Star } from '../parts/signs';
import type { ILayout } from './columns';
import { trans } from '../text/trans';

interface IRow {
  id: string;
  /** Undefined while it is not known. */
  row?: Schemas['TrialRow'];
  place: number;
  top: number;
  layout: ILayout;
  active: boolean;
  open: boolean;
  ticked: boolean;
  onOpen: (place: number) => void;
  onTick: (trial: number) => void;
}

/** One trial in the table. */
export const Row = memo(function Row(props: IRow): React.JSX.Element {
  const { row, layout } = props;
  const style = { transform: `translateY(${props.top}px)` };
  if (!row) {
    return <div className="gj-Row" role="row" aria-rowindex={props.place + 2} style={style} />;
  }
  return (
    <div
      id={props.id}
      className="gj-Row"
      role="row"
      aria-rowindex={props.place + 2}
      aria-selected={props.ticked}
      data-active={props.active || undefined}
      data-open={props.open || undefined}
      style={style}
      onClick={() => props.onOpen(props.place)}
    >
      <span
        className="gj-Cell gj-Tick"
        role="gridcell"
        onClick={event => {
          event.stopPropagation();
          props.onTick(row.trial);
        }}
      >
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={trans.__('Tick trial %1', row.trial)}
          checked={props.ticked}
          readOnly
        />
      </span>
      {layout.columns.map(({ column, right, decimals }) => {
        const text = column.text(row, decimals);
        const metric = column.group === 'Metrics';
        return (
          <span
            key={column.id}
            role="gridcell"
            className="gj-Cell"
            data-right={right || undefined}
            title={column.whole?.(row) ?? (text.length > 20 ? text : undefined)}
          >
            {column.id === 'state' && <Sign state={row.state} />}
            {metric && <Star best={row.best && text !== ''} />}
            <span className="gj-Cell-text">{text}</span>
          </span>
        );
      })}
    </div>
  );
});
