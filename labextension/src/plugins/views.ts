import { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { announce } from '../parts/announce';
import { IServices, makeServices } from '../state/services';
import { trans } from '../text/trans';
import { COMMANDS } from './commands';
import { notebookOpener } from './notebooks';
import { pickScript } from './picker';
import { Sidebar } from './sidebar';
import { RunPanel } from './tab';

const RANK = 600;

/** What there is to see, and what it is made with. */
export interface IViews {
  services: IServices;
  sidebar: Sidebar;
  tabs: WidgetTracker<RunPanel>;
}

function insertCell(notebooks: INotebookTracker | null, line: string): void {
  const panel = notebooks?.currentWidget;
  if (!panel) {
    announce(trans.__('No notebook is open.'));
    return;
  }
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(line);
}

/** Add the sidebar, on the side that is set, and what keeps track of the tabs of runs. */
export function addViews(
  app: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  notebooks: INotebookTracker | null,
  documents: IDocumentManager | null,
  translator: ITranslator | null
): IViews {
  const { commands, serviceManager, shell } = app;
  const services = makeServices(serviceManager, {
    openRun: (run, trial) => void commands.execute(COMMANDS.openRun, { run, trial }),
    newSweep: draft => {
      sidebar.newSweep(draft);
      shell.activateById(sidebar.id);
    },
    showRuns: () => void commands.execute(COMMANDS.showRuns),
    insertCell: line => insertCell(notebooks, line),
    pickScript: documents ? beside => pickScript(documents, translator, beside) : undefined,
    openNotebook: documents ? notebookOpener(app, documents) : undefined
  });
  const sidebar: Sidebar = new Sidebar(services);
  const tabs = new WidgetTracker<RunPanel>({ namespace: 'grid-runs' });
  const { settings } = services;

  let side = settings.now.side;
  shell.add(sidebar, side, { rank: RANK });
  settings.changed.connect(() => {
    if (side !== settings.now.side) {
      side = settings.now.side;
      const shown = sidebar.isVisible;
      shell.add(sidebar, side, { rank: RANK });
      if (shown) {
        shell.activateById(sidebar.id);
      }
    }
  });
  restorer?.add(sidebar, sidebar.id);
  if (restorer) {
    void restorer.restore(tabs, {
      command: COMMANDS.openRun,
      args: panel => ({ run: panel.run }),
      name: panel => panel.run
    });
  }
  return { services, sidebar, tabs };
}
