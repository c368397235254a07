import { JupyterFrontEnd } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { TranslationBundle } from '@jupyterlab/translation';

import { sweepIcon } from '../parts/icons';
import { COMMANDS } from './commands';

const RUN_SWEEP = 'grid:run-sweep';

/** Add *Run sweep with Grid…* to the menu of scripts in the file browser; an open script is saved first. */
export function addFileMenu(
  app: JupyterFrontEnd,
  trans: TranslationBundle,
  browser: IDefaultFileBrowser,
  documents: IDocumentManager | null
): void {
  const chosen = (): string | undefined => {
    const items = [...browser.selectedItems()];
    return items.length === 1 && items[0]?.path.endsWith('.py') ? items[0].path : undefined;
  };
  app.commands.addCommand(RUN_SWEEP, {
    label: trans.__('Run sweep with Grid…'),
    icon: sweepIcon,
    isVisible: () => chosen() !== undefined,
    execute: async () => {
      const path = chosen();
      if (path === undefined) {
        return;
      }
      const open = documents?.findWidget(path);
      if (open && open.context.model.dirty) {
        await open.context.save();
      }
      await app.commands.execute(COMMANDS.newSweep, { path: localPath(app, path) });
    }
  });
  app.contextMenu.addItem({
    command: RUN_SWEEP,
    selector: '.jp-DirListing-item[data-isdir="false"]',
    rank: 4
  });
}

function localPath(app: JupyterFrontEnd, path: string): string {
  return app.serviceManager.contents.localPath(path);
}
