import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout, Widget } from '@lumino/widgets';
import React from 'react';

import { RunView } from '../run/view';
import { IServices, ServicesProvider } from '../state/services';

const MIME = 'application/vnd.grid-jupyter.run+json';
const HTML = 'text/html';

class LiveRun extends ReactWidget {
  constructor(
    private readonly _services: IServices,
    private readonly _run: string,
    private readonly _onKnown: (known: boolean) => void
  ) {
    super();
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        <RunView run={this._run} place="cell" onKnown={this._onKnown} />
      </ServicesProvider>
    );
  }
}

/** A run in a cell: as it was saved until the server tells how it is, and from then on live. */
class RunOutput extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _services: IServices,
    private readonly _rendermime: IRenderMimeRegistry
  ) {
    super();
    this.layout = new PanelLayout();
    this.addClass('gj-root');
    this.addClass('gj-CellRun');
    // Keys typed here are ours and not the notebook's. Its shortcuts look at what has the focus, and no further.
    this.node.addEventListener('focusin', event => {
      (event.target as HTMLElement).setAttribute('data-lm-suppress-shortcuts', 'true');
    });
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        this.node.closest<HTMLElement>('.jp-Cell')?.focus();
      }
    });
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = model.data[MIME] as { run?: unknown } | undefined;
    const run = typeof data?.run === 'string' ? data.run : '';
    // The kernel's picture is renewed again and again; ours renews itself.
    if (run === this._run) {
      return;
    }
    this._run = run;
    const layout = this.layout as PanelLayout;
    for (const child of [...layout.widgets]) {
      child.dispose();
    }
    const saved = this._rendermime.createRenderer(HTML);
    layout.addWidget(new LiveRun(this._services, run, known => saved.setHidden(known)));
    layout.addWidget(saved);
    await saved.renderModel(
      new MimeModel({ data: { [HTML]: model.data[HTML] ?? '' }, trusted: model.trusted })
    );
  }

  private _run: string | null = null;
}

/** Show runs live in cells; the data names the run and nothing else, so that it is safe in any notebook. */
export function addCellView(rendermime: IRenderMimeRegistry, services: IServices): void {
  rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [MIME],
      defaultRank: 0,
      createRenderer: () => new RunOutput(services, rendermime)
    },
    0
  );
}
