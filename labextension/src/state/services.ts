import { ServiceManager } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';

import { Changes } from '../api/changes';
import { Api, makeApi } from '../api/client';

/** What a view can ask the rest of Lab to do. */
export interface IActions {
  openRun(run: string, trial?: number): void;
  newSweep(script?: string): void;
  showRuns(): void;
  /** Put a line into a cell of its own, below the active one. */
  insertCell(line: string): void;
}

/** What all views share. */
export interface IServices {
  readonly api: Api;
  readonly changes: Changes;
  readonly services: ServiceManager.IManager;
  readonly trans: TranslationBundle;
  readonly actions: IActions;
}

export function makeServices(
  services: ServiceManager.IManager,
  trans: TranslationBundle,
  actions: IActions
): IServices {
  return {
    api: makeApi(services.serverSettings),
    changes: new Changes(services.events),
    services,
    trans,
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
