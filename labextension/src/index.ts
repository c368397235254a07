import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addViews } from './plugins/commands';

const views: JupyterFrontEndPlugin<void> = {
  id: '@grid-jupyter/labextension:sidebar',
  description: 'The sidebar with sweeps and their runs, and the tabs of runs.',
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('grid_jupyter');
    addViews(app, trans, restorer, palette);
  }
};

export default [views];
