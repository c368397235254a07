import React from 'react';

import { Button } from '../parts/button';
import { CopyButton } from '../parts/copy';
import { trans } from '../text/trans';

const FIRST = '%grid run train.py --lr [0.1, 0.01]';

/** One sentence and one thing to do where there is nothing to show. */
export function NoRuns(props: { filter: string | null; onClear: () => void }): React.JSX.Element {
  if (props.filter !== null) {
    return (
      <p className="gj-Empty">
        {trans.__('No run fits “%1”.', props.filter)}{' '}
        <Button onClick={props.onClear}>{trans.__('Clear')}</Button>
      </p>
    );
  }
  return (
    <div className="gj-Empty">
      <p>{trans.__('No sweeps yet. Right-click a script and choose Run sweep with Grid…, or:')}</p>
      <p className="gj-Code">
        <code>{FIRST}</code>
        <CopyButton text={FIRST} label={trans.__('Copy the line')} />
      </p>
    </div>
  );
}
