import { ISignal, Signal } from '@lumino/signaling';

/** Whether the server answers, as of the last request that any view has made. */
export class Reach {
  get away(): boolean {
    return this._away;
  }

  /** Emitted when the server has gone away, and when it is back. */
  get changed(): ISignal<this, boolean> {
    return this._changed;
  }

  /** Note how a request went. */
  note(away: boolean): void {
    if (away !== this._away) {
      this._away = away;
      this._changed.emit(away);
    }
  }

  private _away = false;
  private readonly _changed = new Signal<this, boolean>(this);
}
