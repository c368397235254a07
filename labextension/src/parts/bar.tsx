import React from 'react';

import type { Schemas } from '../api/client';
import { countsInWords, DONE_FIRST } from '../text/states';

/** How far a run is, by states; told in words too. */
export function Bar(props: { counts: Schemas['Counts']; held?: boolean }): React.JSX.Element {
  return (
    <div className="gj-Bar" role="img" aria-label={countsInWords(props.counts)}>
      {DONE_FIRST.filter(state => props.counts[state]).map(state => (
        <span
          key={state}
          data-state={state}
          data-held={(props.held && state === 'queued') || undefined}
          style={{ flexGrow: props.counts[state] }}
        />
      ))}
    </div>
  );
}
