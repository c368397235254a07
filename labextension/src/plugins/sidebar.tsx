import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { sweepIcon } from '../parts/icons';
import { RunsList } from '../runs/list';
import { recall, remember } from '../state/preference';
import { IServices, ServicesProvider } from '../state/services';
import { EMPTY, IDraft } from '../sweep/draft';
import { NewSweep } from '../sweep/form';
import { trans } from '../text/trans';

const KEPT = 'draft';

/** The sidebar: runs, or a new sweep, never both. The draft of a sweep is kept. */
export class Sidebar extends ReactWidget {
  constructor(private readonly _services: IServices) {
    super();
    this.id = 'grid-sweeps';
    this.addClass('gj-Sidebar');
    this.addClass('gj-root');
    this.title.icon = sweepIcon;
    this.title.caption = trans.__('Grid sweeps');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
  }

  /** Show what is set to be shown first, unless something was asked for already. */
  open(): void {
    this._form ??= this._services.settings.now.face === 'newSweep';
    this.update();
  }

  /** Show the form: filled in as told, unless it is about that very file already, or as it was left. */
  newSweep(draft?: Partial<IDraft>): void {
    this._form = true;
    const { script, config } = this._draft;
    const whole = { ...EMPTY, ...draft };
    const same = Object.keys(draft ?? {}).every(key => ['script', 'config'].includes(key));
    if (draft && !(same && whole.script === script && whole.config === config)) {
      this._keep(whole);
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

  private _form: boolean | undefined;
  private _draft: IDraft = { ...EMPTY, ...recall<Partial<IDraft>>(KEPT, {}) };
}
