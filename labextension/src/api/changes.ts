import { Event } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

const RUN_CHANGED = 'urn:grid-jupyter:run_changed:v1';

/** Milliseconds between two looks where no event tells. */
const SAFETY_NET = 15_000;

/** A run that changed, or nothing where any may have. */
export interface IChange {
  run?: string;
  /** Its state; null where it was deleted. */
  state?: string | null;
}

/** Tells that runs have changed, whoever changed them: by the server's events, and by a poll as the safety net. */
export class Changes implements IDisposable {
  constructor(private readonly _events: Event.IManager) {
    _events.stream.connect(this._hear);
    this._poll = new Poll({
      name: 'grid-jupyter:changes',
      factory: () => {
        this._changed.emit({});
        return Promise.resolve();
      },
      frequency: { interval: SAFETY_NET, backoff: false },
      standby: 'when-hidden'
    });
  }

  /** Emitted for each change; the views gather them. */
  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    this._events.stream.disconnect(this._hear);
    this._poll.dispose();
    Signal.clearData(this);
  }

  private readonly _hear = (_: Event.IManager, event: Event.Emission): void => {
    if (event.schema_id === RUN_CHANGED) {
      this._changed.emit({ run: event['run'] as string, state: event['state'] as string | null });
    }
  };

  private readonly _changed = new Signal<this, IChange>(this);
  private readonly _poll: Poll;
}
