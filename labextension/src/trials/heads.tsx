import React from 'react';

import type { ILayout } from './columns';
import type { IQuery } from './rows';
import { trans } from '../text/trans';

/** The heads of the table; a click sorts by one, again turns the order, the third time goes back to best first. */
export function Heads(props: {
  layout: ILayout;
  query: IQuery;
  onSort: (id: string) => void;
}): React.JSX.Element {
  const { query } = props;
  return (
    <div className="gj-Row gj-Heads" role="row" aria-rowindex={1}>
      <span className="gj-Cell" role="columnheader">
        <span className="gj-sr">{trans.__('Ticked')}</span>
      </span>
      {props.layout.columns.map(({ column, right }) => {
        const sorted = column.id === query.sort;
        const direction = query.descending ? 'descending' : 'ascending';
        return (
          <span
            key={column.id}
            role="columnheader"
            className="gj-Cell"
            data-right={right || undefined}
            aria-sort={sorted ? direction : 'none'}
          >
            <button
              type="button"
              className="gj-Head"
              tabIndex={-1}
              title={column.title}
              onClick={() => props.onSort(column.id)}
            >
              {column.title}
              {sorted && (query.descending ? ' ▼' : ' ▲')}
            </button>
          </span>
        );
      })}
    </div>
  );
}

/** Return the order after a click on a head. */
export function sortedBy(query: IQuery, id: string): IQuery {
  if (query.sort !== id) {
    return { ...query, sort: id, descending: false };
  }
  return query.descending
    ? { ...query, sort: 'best', descending: false }
    : { ...query, descending: true };
}
