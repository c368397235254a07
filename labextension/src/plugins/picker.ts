import { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import { ITranslator } from '@jupyterlab/translation';

import { parted } from '../sweep/draft';
import { isScript } from '../sweep/kinds';
import { trans } from '../text/trans';

/** Ask for a script in Lab's own dialog, which begins beside another; the path is below the served folder. */
export async function pickScript(
  documents: IDocumentManager,
  translator: ITranslator | null,
  beside: string
): Promise<string | null> {
  const reply = await FileDialog.getOpenFiles({
    manager: documents,
    title: trans.__('Choose the script to sweep'),
    defaultPath: parted(beside).folder,
    filter: model => (model.type === 'directory' || isScript(model.path) ? {} : null),
    ...(translator ? { translator } : {})
  });
  // Where nothing was chosen the dialog gives the folder that it shows.
  const chosen = reply.button.accept ? reply.value?.[0] : undefined;
  return chosen && chosen.type !== 'directory'
    ? documents.services.contents.localPath(chosen.path)
    : null;
}
