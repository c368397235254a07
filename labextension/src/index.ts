import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCellView } from './plugins/cell';
import { addViews } from './plugins/commands';

const views: JupyterFrontEndPlugin<void> = {
  id: '@grid-jupyter/labextension:sidebar',
  description: 'The sidebar with sweeps and their runs, and the tabs of runs.',
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    rendermime: IRenderMimeRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('grid_jupyter');
    const services = addViews(app, trans, restorer, palette);
    if (rendermime) {
      addCellView(rendermime, services);
    }
  }
};

export default [views];
