import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ReadonlyJSONObject } from '@lumino/coreutils';

import { sweepIcon } from '../parts/icons';
import { chooseRun } from '../runs/chooser';
import type { IServices } from '../state/services';
import { isConfig } from '../sweep/kinds';
import { trans } from '../text/trans';
import { Sidebar } from './sidebar';
import { RunPanel } from './tab';

export const COMMANDS = {
  newSweep: 'grid:new-sweep',
  openRun: 'grid:open-run',
  showRuns: 'grid:show-runs',
  showSidebar: 'grid:show-sidebar'
} as const;

/** Add the commands that lead to sweeps and runs, with what they take told to programs. */
export function addCommands(
  app: JupyterFrontEnd,
  services: IServices,
  sidebar: Sidebar,
  tabs: WidgetTracker<RunPanel>,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const openRun = (run: string, trial?: number): void => {
    let panel = tabs.find(one => one.run === run);
    if (!panel) {
      panel = new RunPanel(services, run, trial);
      void tabs.add(panel);
      shell.add(panel, 'main');
    }
    shell.activateById(panel.id);
  };
  commands.addCommand(COMMANDS.showSidebar, {
    label: trans.__('Show sweeps'),
    execute: () => shell.activateById(sidebar.id)
  });
  commands.addCommand(COMMANDS.showRuns, {
    label: trans.__('Show runs'),
    execute: () => {
      sidebar.showRuns();
      shell.activateById(sidebar.id);
    }
  });
  commands.addCommand(COMMANDS.openRun, {
    label: trans.__('Open run…'),
    describedBy: { args: described({ run: 'string', trial: 'integer' }) },
    execute: async args => {
      const run = typeof args['run'] === 'string' ? args['run'] : await chooseRun(services);
      if (run !== null) {
        openRun(run, args['trial'] as number | undefined);
      }
    }
  });
  commands.addCommand(COMMANDS.newSweep, {
    label: args => (args['isLauncher'] ? trans.__('Sweep') : trans.__('New sweep')),
    caption: trans.__('Sweep the parameters of a script'),
    icon: sweepIcon,
    describedBy: { args: described({ path: 'string' }) },
    execute: args => {
      const path = args['path'];
      if (typeof path !== 'string') {
        services.actions.newSweep();
      } else {
        services.actions.newSweep(isConfig(path) ? { config: path } : { script: path });
      }
    }
  });
  for (const command of Object.values(COMMANDS)) {
    palette?.addItem({ command, category: trans.__('Grid') });
  }
}

function described(properties: Record<string, 'string' | 'integer'>): ReadonlyJSONObject {
  const typed = Object.entries(properties).map(([name, type]) => [name, { type }]);
  return { type: 'object', properties: Object.fromEntries(typed) as ReadonlyJSONObject };
}
