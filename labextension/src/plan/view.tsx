import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { Button } from '../parts/button';
import { formatCount } from '../text/numbers';
import { trans } from '../text/trans';

type Plan = Schemas['Plan'];

/** A plan: what it comes to in sentences, what to know of it, and a page of its trials. */
export function PlanView(props: {
  plan: Plan;
  onPage: (offset: number) => void;
}): React.JSX.Element {
  const { plan } = props;
  const { offset, limit, total } = plan.page;
  const [typed, setTyped] = useState('');
  const last = Math.min(total, offset + plan.rows.length);
  return (
    <section className="gj-Plan" aria-label={trans.__('Plan for %1', plan.script)}>
      {plan.lines.map(line => (
        <div key={line} className="gj-Plan-line">
          {line}
        </div>
      ))}
      {plan.warnings.map(warning => (
        <div key={warning} className="gj-Banner">
          {warning}
        </div>
      ))}
      {plan.rows.length > 0 && (
        <>
          <div className="gj-Toolbar">
            <span className="gj-Toolbar-count">
              {trans.__(
                '%1 to %2 of %3',
                formatCount(offset),
                formatCount(last - 1),
                formatCount(total)
              )}
            </span>
            <Button
              label={trans.__('Previous page')}
              disabled={offset === 0}
              onClick={() => props.onPage(Math.max(0, offset - limit))}
            >
              ‹
            </Button>
            <Button
              label={trans.__('Next page')}
              disabled={last >= total}
              onClick={() => props.onPage(offset + limit)}
            >
              ›
            </Button>
            {total > limit && (
              <form
                onSubmit={event => {
                  event.preventDefault();
                  const wanted = Number(typed);
                  if (Number.isInteger(wanted) && wanted >= 0 && wanted < total) {
                    props.onPage(wanted);
                  }
                }}
              >
                <input
                  className="gj-Input gj-Plan-go"
                  aria-label={trans.__('Go to trial')}
                  placeholder={trans.__('Go to trial')}
                  inputMode="numeric"
                  value={typed}
                  onChange={event => setTyped(event.target.value)}
                />
              </form>
            )}
          </div>
          <div className="gj-scroll">
            <table className="gj-Table">
              <thead>
                <tr>
                  <th scope="col">{trans.__('trial')}</th>
                  {plan.varying.map(label => (
                    <th key={label} scope="col">
                      {label}
                    </th>
                  ))}
                  <th scope="col">{trans.__('command')}</th>
                </tr>
              </thead>
              <tbody>
                {plan.rows.map(row => (
                  <tr key={row.trial}>
                    <td data-right>{formatCount(row.trial)}</td>
                    {plan.varying.map(label => (
                      <td key={label}>{row.params[label]}</td>
                    ))}
                    <td>
                      <code>{row.command}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
