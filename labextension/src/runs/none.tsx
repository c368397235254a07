import React from 'react';

import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';

const FIRST = '%grid run train.py --lr [0.1, 0.01]';

/** One sentence and one thing to do where there is nothing to show. */
export function NoRuns(props: { filter: string | null; onClear: () => void }): React.JSX.Element {
  if (props.filter !== null) {
    return (
      <p className="gj-Empty">
        No run fits “{props.filter}”. <Button onClick={props.onClear}>Clear</Button>
      </p>
    );
  }
  return (
    <div className="gj-Empty">
      <p>No sweeps yet. Right-click a script and choose Run sweep with Grid…, or:</p>
      <p className="gj-Code">
        <code>{FIRST}</code>
        <CopyButton text={FIRST} label="Copy the line" />
      </p>
    </div>
  );
}
