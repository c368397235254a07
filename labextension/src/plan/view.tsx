import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { Button } from '../parts/button';
import { formatCount, formatParameter } from '../text/numbers';
import { trans } from '../text/trans';

type Plan = Schemas['Plan'];

/**
 * Return what a line is about, and what it says of that; nothing for a sentence.
 *
 * A line is as a terminal has it, in columns of blanks, and may be about two things.
 */
export function factsOf(line: string): [string, string][] {
  const [, head, rest] = /^(Whole run|Variables|[A-Z]\w+(?= {2})) +(\S.*)$/.exec(line) ?? [];
  if (!head || !rest) {
    return [];
  }
  const [text = '', about, more] = rest.split(/ {2,}/);
  const first: [string, string] = [head, text];
  return about && more ? [first, [about, more]] : [first];
}

/** A plan: what it comes to in sentences, what to know of it, and a page of its trials. */
export function PlanView(props: {
  plan: Plan;
  onPage: (offset: number) => void;
  /** What stands at the end of the line above the trials. */
  extra?: React.ReactNode;
}): React.JSX.Element {
  const { plan } = props;
  const { offset, limit, total } = plan.page;
  const [typed, setTyped] = useState('');
  const last = Math.min(total, offset + plan.rows.length);
  const numeric = (label: string): boolean =>
    plan.rows.every(row => !Number.isNaN(Number(row.params[label] ?? NaN)));
  return (
    <section className="gj-Plan" aria-label={trans.__('Plan for %1', plan.script)}>
      <div className="gj-Plan-lines">
        {plan.lines.map(line => {
          const facts = factsOf(line);
          return facts.length ? (
            facts.map(([about, text]) => (
              <React.Fragment key={about}>
                <span className="gj-hint">{about}</span>
                <span>{text}</span>
              </React.Fragment>
            ))
          ) : (
            <span key={line} className="gj-Plan-line">
              {line.trim().replace(/ {2,}/g, ' · ')}
            </span>
          );
        })}
      </div>
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
                formatCount(offset + 1),
                formatCount(last),
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
            {props.extra}
          </div>
          <div className="gj-scroll">
            <table className="gj-Table">
              <thead>
                <tr>
                  <th scope="col" data-right>
                    {trans.__('trial')}
                  </th>
                  {plan.varying.map(label => (
                    <th key={label} scope="col" data-right={numeric(label) || undefined}>
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
                      <td
                        key={label}
                        data-right={numeric(label) || undefined}
                        title={row.params[label]}
                      >
                        {formatParameter(row.params[label] ?? '')}
                      </td>
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
