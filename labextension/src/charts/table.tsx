import React from 'react';

import { formatMetric, decimalsFor } from '../text/numbers';
import { trans } from '../text/trans';
import type { Curve } from './curve';
import { tickText } from './scale';

/** What a chart shows, in figures. */
export function CurveTable(props: {
  metric: string;
  curves: ReadonlyMap<number, Curve>;
  best?: number;
}): React.JSX.Element {
  const rows = [...props.curves.values()].map(({ trial, points, total }) => {
    const values = points.map(point => point[1]).filter(value => typeof value === 'number');
    const last = points[points.length - 1];
    return {
      trial,
      total,
      step: last?.[0],
      last: last?.[1],
      low: Math.min(...values),
      high: Math.max(...values)
    };
  });
  const decimals = decimalsFor(rows.flatMap(row => row.last ?? []));
  const text = (value: Curve['points'][number][1] | undefined): string =>
    value === undefined || value === Infinity || value === -Infinity
      ? ''
      : formatMetric(value, decimals);
  return (
    <div className="gj-scroll gj-Chart-table">
      <table className="gj-Table">
        <caption className="gj-sr">{trans.__('Curves of %1', props.metric)}</caption>
        <thead>
          <tr>
            {[
              trans.__('trial'),
              trans.__('values'),
              trans.__('last step'),
              trans.__('last'),
              trans.__('lowest'),
              trans.__('highest')
            ].map(head => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.trial}>
              <th scope="row">
                {row.trial === props.best && '★ '}
                {row.trial}
              </th>
              <td>{row.total}</td>
              <td>{row.step === undefined ? '' : tickText(row.step)}</td>
              <td>{text(row.last)}</td>
              <td>{text(row.low)}</td>
              <td>{text(row.high)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
