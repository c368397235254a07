import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { sweepIcon } from '../parts/icons';
import { RunsList } from '../runs/list';
import { IServices, ServicesProvider } from '../state/services';

/** The sidebar: runs, or a new sweep, never both. */
export class Sidebar extends ReactWidget {
  constructor(private readonly _services: IServices) {
    super();
    this.id = 'grid-sweeps';
    this.addClass('gj-Sidebar');
    this.addClass('gj-root');
    this.title.icon = sweepIcon;
    this.title.caption = _services.trans.__('Grid sweeps');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        <RunsList />
      </ServicesProvider>
    );
  }
}
