import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { addNotices } from './notices/notices';
import { addCellView } from './plugins/cell';
import { addCommands, COMMANDS } from './plugins/commands';
import { addFileMenu } from './plugins/files';
import { addViews } from './plugins/views';
import { speak, trans } from './text/trans';

const ID = '@grid-jupyter/labextension:sidebar';

const views: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The sidebar with sweeps and their runs, the tabs of runs, and runs in cells.',
  autoStart: true,
  optional: [
    ILayoutRestorer,
    ICommandPalette,
    ITranslator,
    IRenderMimeRegistry,
    INotebookTracker,
    IDocumentManager,
    ISettingRegistry
  ],
  activate: async (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    rendermime: IRenderMimeRegistry | null,
    notebooks: INotebookTracker | null,
    documents: IDocumentManager | null,
    registry: ISettingRegistry | null
  ) => {
    if (translator) {
      speak(translator.load('grid_jupyter'));
    }
    const { services, sidebar, tabs } = addViews(app, restorer, notebooks, documents, translator);
    addCommands(app, services, sidebar, tabs, palette);
    if (rendermime) {
      addCellView(rendermime, services);
    }
    addNotices(services);
    try {
      await (registry && services.settings.follow(registry, ID));
    } catch (error) {
      console.warn('The settings of grid-jupyter cannot be read; the defaults hold.', error);
    }
    sidebar.open();
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
    if (translator) {
      speak(translator.load('grid_jupyter'));
    }
    if (browser) {
      addFileMenu(app, browser, documents);
    }
    launcher?.add({
      command: COMMANDS.newSweep,
      args: { isLauncher: true },
      category: trans.__('Other'),
      rank: 10
    });
  }
};

export default [views, entries];
