import { ServiceManager } from '@jupyterlab/services';
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

import { Changes } from '../api/changes';
import { Api, makeApi } from '../api/client';
import { Reach } from '../api/reach';
import type { IDraft } from '../sweep/draft';
import { Settings } from './settings';

/** What a view can ask the rest of Lab to do. */
export interface IActions {
  openRun(run: string, trial?: number): void;
  /** Show the form: filled in from here on, or as it was left. */
  newSweep(draft?: Partial<IDraft>): void;
  showRuns(): void;
  /** Put a line into a cell of its own, below the active one. */
  insertCell(line: string): void;
  /** Ask for a file that can be swept, beside another; absent where Lab cannot. */
  pickScript?: (beside: string) => Promise<string | null>;
  /** Open the notebook that a trial has executed; absent where Lab cannot. */
  openNotebook?: (run: string, trial: number, path: string) => void;
}

/** What all views share. */
export interface IServices {
  readonly api: Api;
  readonly reach: Reach;
  readonly changes: Changes;
  readonly services: ServiceManager.IManager;
  readonly settings: Settings;
  readonly actions: IActions;
}

export function makeServices(services: ServiceManager.IManager, actions: IActions): IServices {
  const reach = new Reach();
  return {
    api: makeApi(services.serverSettings, reach),
    reach,
    changes: new Changes(services.events),
    services,
    settings: new Settings(),
    actions
  };
}

const Context = createContext<IServices | null>(null);

export const ServicesProvider = Context.Provider;

export function useServices(): IServices {
  const services = useContext(Context);
  if (!services) {
    throw new Error('no services around this view');
  }
  return services;
}

/** Whether the server does not answer. */
export function useAway(): boolean {
  const { reach } = useServices();
  return useSyncExternalStore(
    useCallback(
      changed => {
        reach.changed.connect(changed);
        return () => reach.changed.disconnect(changed);
      },
      [reach]
    ),
    () => reach.away
  );
}
