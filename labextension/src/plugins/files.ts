import { JupyterFrontEnd } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';

import { sweepIcon } from '../parts/icons';
import { isConfig, tellsFlags } from '../sweep/kinds';
import { trans } from '../text/trans';
import { COMMANDS } from './commands';

const RUN_SWEEP = 'grid:run-sweep';

/** Add *Run sweep with Grid…* to the menu of scripts and configurations; a file that is open is saved first. */
export function addFileMenu(
  app: JupyterFrontEnd,
  browser: IDefaultFileBrowser,
  documents: IDocumentManager | null
): void {
  const chosen = (): string | undefined => {
    const items = [...browser.selectedItems()];
    const path = items.length === 1 ? items[0]?.path : undefined;
    return path !== undefined && (tellsFlags(path) || isConfig(path)) ? path : undefined;
  };
  app.commands.addCommand(RUN_SWEEP, {
    label: trans.__('Run sweep with Grid…'),
    icon: sweepIcon,
    isVisible: () => chosen() !== undefined,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const path = chosen();
      if (path === undefined) {
        return;
      }
      const open = documents?.findWidget(path, null);
      if (open?.context.model.dirty) {
        await open.context.save();
      }
      const local = app.serviceManager.contents.localPath(path);
      await app.commands.execute(COMMANDS.newSweep, { path: local });
    }
  });
  app.contextMenu.addItem({
    command: RUN_SWEEP,
    selector: '.jp-DirListing-item[data-isdir="false"]',
    rank: 4
  });
}
