import React from 'react';

import type { Schemas } from '../api/client';
import { Acts } from '../parts/acts';
import { Banner } from '../parts/banner';
import { Button } from '../parts/button';
import { IRunActions, resumeLabel } from '../runs/actions';
import { trans } from '../text/trans';

/** What holds a run, with the buttons that let it go on. */
export function RunBanner(props: {
  run: Schemas['RunDetail'];
  acts: IRunActions;
  /** Shows the log of a trial. */
  onLog: (trial: number) => void;
}): React.JSX.Element | null {
  const { run, acts } = props;
  const held = run.banner;
  if (!held) {
    return null;
  }
  const resumes = held.kind !== 'queued';
  const failed = held.kind === 'failing' ? run.failures[0] : undefined;
  return (
    <Banner
      command={held.command}
      actions={
        resumes && (
          <Acts className="gj-mod-inline">
            {failed && (
              <Button onClick={() => props.onLog(failed.trial)}>{trans.__('Open log')}</Button>
            )}
            <Button onClick={() => void acts.resume(held.limits)}>{resumeLabel(held)}</Button>
            {run.state === 'paused' && (
              <Button onClick={() => void acts.stop()}>{trans.__('Stop here…')}</Button>
            )}
          </Acts>
        )
      }
    >
      {held.text}
    </Banner>
  );
}
