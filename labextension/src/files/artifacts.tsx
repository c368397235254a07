import { downloadIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useDeferredValue, useState } from 'react';

import { answer, apiUrl, artifactUrl, Refusal } from '../api/client';
import { Button } from '../parts/button';
import { Trouble } from '../parts/trouble';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { isNotebook } from '../sweep/kinds';
import { countOf, formatBytes, formatCount } from '../text/numbers';
import { trans } from '../text/trans';

const PAGE = 200;

/** The files that trials wrote, of one trial or of all; each can be downloaded, and all as one file. */
export function Artifacts(props: { run: string; trial?: number }): React.JSX.Element {
  const { api, services, actions } = useServices();
  const { run, trial } = props;
  const [typed, setTyped] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const match = useDeferredValue(typed.trim());
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/artifacts', {
          params: { path: { run }, query: { trial, match, limit } },
          signal
        })
      ),
    [api, run, trial, match, limit]
  );
  const live = useLive(load, run);
  const fault: Refusal | undefined = live.error?.status === 400 ? live.error : undefined;
  const base = `${apiUrl(services.serverSettings)}/runs/${run}`;
  const known = live.data;
  const all = new URLSearchParams(match ? { match } : {});
  if (trial !== undefined) {
    all.set('trial', String(trial));
  }
  return (
    <section className="gj-Artifacts" aria-label={trans.__('Artifacts')}>
      <div className="gj-Toolbar">
        <input
          type="search"
          className="gj-Input"
          placeholder="Filter: *.pt"
          aria-label={trans.__('Filter artifacts')}
          aria-invalid={fault !== undefined}
          value={typed}
          onChange={event => setTyped(event.target.value)}
        />
        <span className="gj-Toolbar-count">
          {known ? `${countOf(known.page.total, 'file')}, ${formatBytes(known.size)}` : ''}
        </span>
        {known && known.page.total > 0 && (
          <a className="gj-Button" href={`${base}/artifacts.zip?${all}`} download>
            <downloadIcon.react tag="span" className="gj-Icon" /> {trans.__('Download all')}
          </a>
        )}
      </div>
      {fault ? <p className="gj-Fault">✗ {fault.message}</p> : <Trouble live={live} />}
      {known && known.page.total === 0 && (
        <p className="gj-Empty">
          {match ? trans.__('No file fits “%1”.', match) : trans.__('No files were written.')}
        </p>
      )}
      {known && known.page.total > 0 && (
        <div className="gj-scroll">
          <table className="gj-Table">
            <thead>
              <tr>
                {trial === undefined && (
                  <th scope="col" data-right>
                    {trans.__('trial')}
                  </th>
                )}
                <th scope="col">{trans.__('file')}</th>
                <th scope="col" data-right>
                  {trans.__('size')}
                </th>
              </tr>
            </thead>
            <tbody>
              {known.files.map(file => (
                <tr key={`${file.trial}/${file.path}`}>
                  {trial === undefined && <td data-right>{file.trial}</td>}
                  <td>
                    <a
                      className="gj-Link"
                      href={artifactUrl(services.serverSettings, run, file.trial, file.path)}
                      download
                    >
                      {file.path}
                    </a>
                    {actions.openNotebook && isNotebook(file.path) && (
                      <button
                        type="button"
                        className="gj-Link gj-Artifacts-open"
                        aria-label={trans.__('Open %1', file.path)}
                        onClick={() => actions.openNotebook?.(run, file.trial, file.path)}
                      >
                        {trans.__('Open')}
                      </button>
                    )}
                  </td>
                  <td data-right>{formatBytes(file.size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {known.files.length < known.page.total && (
            <Button onClick={() => setLimit(Math.min(1000, limit + 4 * PAGE))}>
              {trans.__('Show more of %1', formatCount(known.page.total))}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
