import { closeIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useState } from 'react';

import { answer, Schemas } from '../api/client';
import { Button, IconButton } from '../parts/button';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { compared } from './compared';
import { trans } from '../text/trans';

/** Two to four trials side by side: what differs, and on request what does not. */
export function Compare(props: {
  run: Schemas['RunDetail'];
  trials: readonly number[];
  onClose: () => void;
}): React.JSX.Element {
  const { api } = useServices();
  const { run } = props.run;
  const only = props.trials.join(',');
  const [all, setAll] = useState(false);
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/trials', {
          params: { path: { run }, query: { only, sort: 'trial' } },
          signal
        })
      ),
    [api, run, only]
  );
  const rows = useLive(load, run).data?.rows ?? [];
  const lines = compared(rows);
  const equal = lines.filter(line => line.equal).length;
  return (
    <section className="gj-Compare" aria-label={trans.__('Compared trials')}>
      <header>
        <strong>{trans.__('Compare')}</strong>
        {equal > 0 && (
          <Button onClick={() => setAll(!all)}>
            {all
              ? trans.__('Hide equal rows')
              : trans._n('Show %1 equal row', 'Show %1 equal rows', equal)}
          </Button>
        )}
        <IconButton
          icon={closeIcon}
          label={trans.__('Close the comparison')}
          onClick={props.onClose}
        />
      </header>
      <div className="gj-scroll">
        <table className="gj-Table">
          <thead>
            <tr>
              <td />
              {rows.map(row => (
                <th key={row.trial} scope="col" data-right>
                  {trans.__('trial %1', row.trial)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines
              .filter(line => all || !line.equal)
              .map(line => (
                <tr key={line.name}>
                  <th scope="row">{line.name}</th>
                  {line.texts.map((text, place) => (
                    <td key={place} data-right>
                      {text}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
