import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';
import { useEffect, useState } from 'react';

import { useServices } from './services';

/** What can be set in Lab's settings editor; the schema tells what each is. */
export interface IChoices {
  notices: 'all' | 'failed' | 'none';
  followLogs: boolean;
  side: 'left' | 'right';
  face: 'runs' | 'newSweep';
  cellRows: number;
}

/** What holds where Lab keeps no settings: the defaults of the schema. */
export const DEFAULTS: IChoices = {
  notices: 'all',
  followLogs: true,
  side: 'left',
  face: 'runs',
  cellRows: 8
};

/** The settings as they are now. */
export class Settings {
  /** What is set. */
  get now(): IChoices {
    return this._now;
  }

  /** Emitted whenever something is set. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow what Lab keeps; what it keeps by now holds when the promise is fulfilled. */
  async follow(registry: ISettingRegistry, plugin: string): Promise<void> {
    const kept = await registry.load(plugin);
    const take = (): void => {
      // Lab has checked them against the schema, which has the defaults, too.
      this._now = { ...DEFAULTS, ...(kept.composite as Partial<IChoices>) };
      this._changed.emit();
    };
    kept.changed.connect(take);
    take();
  }

  private _now = DEFAULTS;
  private readonly _changed = new Signal<this, void>(this);
}

/** The settings in a component, which is drawn anew when they change. */
export function useSettings(): IChoices {
  const { settings } = useServices();
  const [now, setNow] = useState(settings.now);
  useEffect(() => {
    const take = (): void => setNow(settings.now);
    take();
    settings.changed.connect(take);
    return () => {
      settings.changed.disconnect(take);
    };
  }, [settings]);
  return now;
}
