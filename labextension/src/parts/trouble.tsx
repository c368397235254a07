import React from 'react';

import { Banner } from './banner';
import { Button } from './button';
import type { ILive } from '../state/live';
import { trans } from '../text/trans';

/** Why what is shown is not the newest: with what is known so far, and from when it is. */
export function Trouble(props: { live: ILive<unknown> }): React.JSX.Element | null {
  const { error, asOf, refresh } = props.live;
  if (!error) {
    return null;
  }
  const since = asOf ? ` ${trans.__('As of %1;', new Date(asOf).toLocaleTimeString('en-GB'))}` : '';
  const words = error.away
    ? `${trans.__('No answer from Jupyter.')}${since} ${trans.__('trying again in 5 s.')}`
    : error.message;
  return (
    <Banner alert={!error.away} actions={<Button onClick={refresh}>{trans.__('Try now')}</Button>}>
      {words}
    </Banner>
  );
}

/** Grey shapes of rows, once waiting takes long enough to be noticed. */
export function Waiting(props: { rows: number }): React.JSX.Element {
  return (
    <div className="gj-Waiting" aria-hidden="true">
      {Array.from({ length: props.rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  );
}
