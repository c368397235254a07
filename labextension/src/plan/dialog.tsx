import { Dialog, showDialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useCallback, useState } from 'react';

import { answer, Schemas } from '../api/client';
import { Trouble } from '../parts/trouble';
import { useLive } from '../state/live';
import { IServices, ServicesProvider, useServices } from '../state/services';
import { CopyPlan } from './copy';
import { PlanView } from './view';
import { trans } from '../text/trans';

const PAGE = 20;

class Preview extends ReactWidget {
  constructor(
    private readonly _services: IServices,
    private readonly _body: Schemas['PlanRequest']
  ) {
    super();
    this.addClass('gj-root');
    this.addClass('gj-Preview');
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        <Asked body={this._body} />
      </ServicesProvider>
    );
  }
}

function Asked(props: { body: Schemas['PlanRequest'] }): React.JSX.Element {
  const { api } = useServices();
  const { body } = props;
  const [offset, setOffset] = useState(0);
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(api.POST('/plan', { body: { ...body, page: { offset, limit: PAGE } }, signal })),
    [api, body, offset]
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

/** Show what a launch would do. */
export async function showPlan(
  services: IServices,
  body: Schemas['PlanRequest'],
  script: string
): Promise<void> {
  await showDialog({
    title: trans.__('Plan for %1', script),
    body: new Preview(services, body),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}
