import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCellView } from './plugins/cell';
import { addViews, COMMANDS } from './plugins/commands';
import { addFileMenu } from './plugins/files';

const views: JupyterFrontEndPlugin<void> = {
  id: '@grid-jupyter/labextension:sidebar',
  description: 'The sidebar with sweeps and their runs, the tabs of runs, and runs in cells.',
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator, IRenderMimeRegistry, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    rendermime: IRenderMimeRegistry | null,
    notebooks: INotebookTracker | null
  ) => {
    const trans = (translator ?? nullTranslator).load('grid_jupyter');
    const services = addViews(app, trans, restorer, palette, notebooks);
    if (rendermime) {
      addCellView(rendermime, services);
    }
  }
};

const entries: JupyterFrontEndPlugin<void> = {
  id: '@grid-jupyter/labextension:entries',
  description: 'Sweeps from the file browser and the launcher.',
  autoStart: true,
  optional: [IDefaultFileBrowser, IDocumentManager, ILauncher, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    browser: IDefaultFileBrowser | null,
    documents: IDocumentManager | null,
    launcher: ILauncher | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('grid_jupyter');
    if (browser) {
      addFileMenu(app, trans, browser, documents);
    }
    launcher?.add({ command: COMMANDS.newSweep, category: trans.__('Other'), rank: 10 });
  }
};

export default [views, entries];
