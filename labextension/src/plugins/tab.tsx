import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { sweepIcon } from '../parts/icons';
import { RunView } from '../run/view';
import { IServices, ServicesProvider } from '../state/services';
import { trans } from '../text/trans';

class RunTab extends ReactWidget {
  constructor(
    private readonly _services: IServices,
    readonly run: string,
    private readonly _trial?: number
  ) {
    super();
    this.addClass('gj-root');
    this.addClass('gj-RunTab');
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        <RunView run={this.run} place="tab" trial={this._trial} />
      </ServicesProvider>
    );
  }
}

/** A run in a tab of the main area. */
export class RunPanel extends MainAreaWidget<RunTab> {
  constructor(services: IServices, run: string, trial?: number) {
    super({ content: new RunTab(services, run, trial) });
    this.id = `grid-run-${run}`;
    this.title.label = run;
    this.title.caption = trans.__('Run %1', run);
    this.title.icon = sweepIcon;
    this.title.closable = true;
  }

  get run(): string {
    return this.content.run;
  }
}
