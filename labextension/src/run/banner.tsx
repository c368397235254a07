import React from 'react';

import type { Schemas } from '../api/client';
import { Banner } from '../parts/banner';
import { Button } from '../parts/button';
import type { IRunActions } from '../runs/actions';
import { trans } from '../text/trans';

/** What holds a run, with the buttons that let it go on. */
export function RunBanner(props: {
  run: Schemas['RunDetail'];
  acts: IRunActions;
}): React.JSX.Element | null {
  const { run, acts } = props;
  const held = run.banner;
  if (!held) {
    return null;
  }
  const resumes = held.kind !== 'queued';
  const raise = 'budget' in held.limits;
  return (
    <Banner
      command={held.command}
      actions={
        resumes && (
          <>
            <Button onClick={() => void acts.resume(held.limits)}>
              {raise
                ? trans.__('Raise budget to %1 and resume', held.limits['budget'] ?? '')
                : trans.__('Resume')}
            </Button>
            {run.state === 'paused' && (
              <Button onClick={() => void acts.stop()}>{trans.__('Stop here…')}</Button>
            )}
          </>
        )
      }
    >
      {held.text}
    </Banner>
  );
}
