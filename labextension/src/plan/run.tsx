import React, { useCallback, useState } from 'react';

import { answer } from '../api/client';
import { Trouble } from '../parts/trouble';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { CopyPlan } from './copy';
import { PlanView } from './view';

const PAGE = 50;

/** The plan that a run was launched with. */
export function RunPlan(props: { run: string }): React.JSX.Element {
  const { api } = useServices();
  const { run } = props;
  const [offset, setOffset] = useState(0);
  const load = useCallback(
    (signal: AbortSignal) => {
      const query = { offset, limit: PAGE };
      return answer(api.GET('/runs/{run}/plan', { params: { path: { run }, query }, signal }));
    },
    [api, run, offset]
  );
  const live = useLive(load, null);
  return (
    <>
      <Trouble live={live} />
      {live.data && (
        <PlanView plan={live.data} onPage={setOffset} extra={<CopyPlan plan={live.data} />} />
      )}
    </>
  );
}
