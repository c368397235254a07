import { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';

import { announce } from '../parts/announce';
import { sweepIcon } from '../parts/icons';
import { IServices, makeServices } from '../state/services';
import { Sidebar } from './sidebar';
import { RunPanel } from './tab';

export const COMMANDS = {
  newSweep: 'grid:new-sweep',
  openRun: 'grid:open-run',
  showRuns: 'grid:show-runs'
} as const;

function insertCell(notebooks: INotebookTracker | null, line: string): void {
  const panel = notebooks?.currentWidget;
  if (!panel) {
    announce('No notebook is open.');
    return;
  }
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(line);
}

/** Add the sidebar, the tabs of runs, and the commands that open them. */
export function addViews(
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  notebooks: INotebookTracker | null
): IServices {
  const { commands, shell } = app;
  const run = (command: string, args: Record<string, string | number | undefined> = {}): void => {
    void commands.execute(command, args);
  };
  const services = makeServices(app.serviceManager, trans, {
    openRun: (name, trial) => run(COMMANDS.openRun, { run: name, trial }),
    newSweep: script => run(COMMANDS.newSweep, { path: script }),
    showRuns: () => run(COMMANDS.showRuns),
    insertCell: line => insertCell(notebooks, line)
  });
  const sidebar = new Sidebar(services);
  const tabs = new WidgetTracker<RunPanel>({ namespace: 'grid-runs' });

  shell.add(sidebar, 'left', { rank: 600 });
  restorer?.add(sidebar, sidebar.id);
  if (restorer) {
    void restorer.restore(tabs, {
      command: COMMANDS.openRun,
      args: panel => ({ run: panel.run }),
      name: panel => panel.run
    });
  }
  commands.addCommand(COMMANDS.showRuns, {
    label: trans.__('Show runs'),
    execute: () => {
      sidebar.showRuns();
      shell.activateById(sidebar.id);
    }
  });
  commands.addCommand(COMMANDS.openRun, {
    label: trans.__('Open run…'),
    execute: args => {
      const name = args['run'];
      if (typeof name !== 'string') {
        shell.activateById(sidebar.id);
        return;
      }
      let panel = tabs.find(one => one.run === name);
      if (!panel) {
        panel = new RunPanel(services, name, args['trial'] as number | undefined);
        void tabs.add(panel);
        shell.add(panel, 'main');
      }
      shell.activateById(panel.id);
    }
  });
  commands.addCommand(COMMANDS.newSweep, {
    label: args => (args['path'] ? trans.__('Run sweep with Grid…') : trans.__('New sweep')),
    icon: sweepIcon,
    execute: args => {
      const path = args['path'];
      sidebar.newSweep(typeof path === 'string' ? path : undefined);
      shell.activateById(sidebar.id);
    }
  });
  for (const command of Object.values(COMMANDS)) {
    palette?.addItem({ command, category: 'Grid' });
  }
  return services;
}
