import { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { Contents, ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { artifactUrl, Refusal } from '../api/client';
import { joined } from '../files/joined';
import { trans } from '../text/trans';

const NAME = 'GridTrials';

/** The notebooks that trials have executed, as files that Lab can open and nobody can change: RUN/TRIAL/PATH. */
class TrialDrive implements Contents.IDrive {
  readonly name = NAME;
  readonly fileChanged: ISignal<this, Contents.IChangedArgs> = new Signal<
    this,
    Contents.IChangedArgs
  >(this);
  isDisposed = false;

  constructor(readonly serverSettings: ServerConnection.ISettings) {}

  dispose(): void {
    this.isDisposed = true;
  }

  async get(path: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    const now = new Date().toISOString(); // the routes tell no time, and Lab cannot do without
    const content = options?.content === false ? null : await this._read(path);
    return {
      name: PathExt.basename(path),
      path,
      type: 'notebook',
      format: content === null ? null : 'json',
      content,
      mimetype: '',
      writable: false,
      created: now,
      last_modified: now
    };
  }

  getDownloadUrl(path: string): Promise<string> {
    const [run = '', trial = '', ...parts] = path.split('/');
    return Promise.resolve(artifactUrl(this.serverSettings, run, trial, parts.join('/')));
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  // What a trial has left is its record.
  newUntitled = refused;
  delete = refused;
  rename = refused;
  save = refused;
  copy = refused;
  createCheckpoint = refused;
  restoreCheckpoint = refused;
  deleteCheckpoint = refused;

  private async _read(path: string): Promise<unknown> {
    const url = await this.getDownloadUrl(path);
    const response = await ServerConnection.makeRequest(url, {}, this.serverSettings);
    if (!response.ok) {
      throw new Refusal(trans.__('%1 is gone.', PathExt.basename(path)), response.status);
    }
    return joined(await response.json());
  }
}

function refused(): Promise<never> {
  return Promise.reject(
    new Refusal(trans.__('What a trial has executed cannot be changed; save it elsewhere.'), 403)
  );
}

/** Return what opens the notebook that a trial has executed: to be read, without a kernel. */
export function notebookOpener(
  app: JupyterFrontEnd,
  documents: IDocumentManager
): (run: string, trial: number, path: string) => void {
  const { contents, serverSettings } = app.serviceManager;
  contents.addDrive(new TrialDrive(serverSettings));
  return (run, trial, path) =>
    void documents.openOrReveal(
      `${NAME}:${run}/${trial}/${path}`,
      'default',
      undefined,
      undefined,
      {
        shouldStart: false,
        autoStartDefault: false
      }
    );
}
