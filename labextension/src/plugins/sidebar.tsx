import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { sweepIcon } from '../parts/icons';
import { RunsList } from '../runs/list';
import { recall, remember } from '../state/preference';
import { IServices, ServicesProvider } from '../state/services';
import { EMPTY, IDraft } from '../sweep/draft';
import { NewSweep } from '../sweep/form';

const KEPT = 'draft';

/** The sidebar: runs, or a new sweep, never both. The draft of a sweep is kept. */
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

  /** Show the form, for another script where one is named. */
  newSweep(script?: string): void {
    this._form = true;
    if (script !== undefined && script !== this._draft.script) {
      this._keep({ ...EMPTY, script });
    }
    this.update();
  }

  /** Show the runs. */
  showRuns(): void {
    this._form = false;
    this.update();
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        {this._form ? (
          <NewSweep
            draft={this._draft}
            onDraft={draft => this._keep(draft)}
            onBack={() => this.showRuns()}
          />
        ) : (
          <RunsList />
        )}
      </ServicesProvider>
    );
  }

  private _keep(draft: IDraft): void {
    this._draft = draft;
    this.update();
    remember(KEPT, draft);
  }

  private _form = false;
  private _draft: IDraft = { ...EMPTY, ...recall<Partial<IDraft>>(KEPT, {}) };
}
