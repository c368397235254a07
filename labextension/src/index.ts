import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Sidebar } from './plugins/sidebar';
import { makeServices } from './state/services';

const sidebar: JupyterFrontEndPlugin<void> = {
  id: '@grid-jupyter/labextension:sidebar',
  description: 'Sweeps and their runs.',
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('grid_jupyter');
    const panel = new Sidebar(
      makeServices(app.serviceManager, trans, {
        openRun: () => undefined,
        newSweep: () => undefined,
        showRuns: () => app.shell.activateById('grid-sweeps')
      })
    );
    app.shell.add(panel, 'left', { rank: 600 });
    restorer?.add(panel, panel.id);
    const command = 'grid:show-runs';
    app.commands.addCommand(command, {
      label: trans.__('Show runs'),
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command, category: 'Grid' });
  }
};

export default [sidebar];
