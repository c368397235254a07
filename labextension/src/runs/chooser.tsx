import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useCallback, useDeferredValue, useEffect, useId, useState } from 'react';

import { answer } from '../api/client';
import { Sign } from '../parts/signs';
import { Trouble } from '../parts/trouble';
import { useLive } from '../state/live';
import { IServices, ServicesProvider, useServices } from '../state/services';
import { formatWhen } from '../text/numbers';
import { trans } from '../text/trans';

const SHOWN = 12;

class Chooser extends ReactWidget implements Dialog.IBodyWidget<string | null> {
  constructor(
    private readonly _services: IServices,
    private readonly _onTaken: () => void
  ) {
    super();
    this.addClass('gj-root');
    this.addClass('gj-Chooser');
  }

  getValue(): string | null {
    return this._chosen;
  }

  protected override render(): React.JSX.Element {
    return (
      <ServicesProvider value={this._services}>
        <Runs
          onChoose={run => {
            this._chosen = run;
          }}
          onTaken={this._onTaken}
        />
      </ServicesProvider>
    );
  }

  private _chosen: string | null = null;
}

/** A field that filters, with the runs that fit below it; arrows choose one of them. */
function Runs(props: {
  onChoose: (run: string | null) => void;
  onTaken: () => void;
}): React.JSX.Element {
  const { api } = useServices();
  const { onChoose } = props;
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const q = useDeferredValue(typed.trim());
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(api.GET('/runs', { params: { query: { q, limit: SHOWN } }, signal })),
    [api, q]
  );
  const live = useLive(load);
  const runs = live.data?.runs ?? [];
  const chosen = runs[Math.min(at, runs.length - 1)]?.run ?? null;
  const base = useId();
  useEffect(() => onChoose(chosen), [onChoose, chosen]);
  const move = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && runs.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, runs.length - 1) + step + runs.length) % runs.length);
    }
  };
  return (
    <>
      <input
        autoFocus
        className="gj-Input"
        role="combobox"
        aria-expanded
        aria-controls={`${base}-list`}
        aria-activedescendant={chosen === null ? undefined : `${base}-${chosen}`}
        aria-label={trans.__('Filter runs')}
        placeholder={trans.__('Filter runs')}
        spellCheck={false}
        value={typed}
        onChange={event => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={move}
      />
      <Trouble live={live} />
      <ul id={`${base}-list`} role="listbox" aria-label={trans.__('Runs')}>
        {runs.map((run, place) => (
          <li
            key={run.run}
            id={`${base}-${run.run}`}
            role="option"
            aria-selected={run.run === chosen}
            onMouseEnter={() => setAt(place)}
            onClick={() => {
              onChoose(run.run);
              props.onTaken();
            }}
          >
            <Sign state={run.state} />
            <span className="gj-Chooser-name" title={run.run}>
              {run.run}
            </span>
            <span className="gj-Chooser-told">
              {run.state} · {formatWhen(run.created)}
            </span>
          </li>
        ))}
      </ul>
      {live.data && runs.length === 0 && (
        <p className="gj-Empty">
          {q ? trans.__('No run fits “%1”.', q) : trans.__('No sweeps yet.')}
        </p>
      )}
    </>
  );
}

/** Ask for a run. */
export async function chooseRun(services: IServices): Promise<string | null> {
  const body = new Chooser(services, () => dialog.resolve(1));
  const dialog: Dialog<string | null> = new Dialog<string | null>({
    title: trans.__('Open run'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Open') })
    ],
    focusNodeSelector: '.gj-Chooser input'
  });
  const reply = await dialog.launch();
  return reply.button.accept ? (reply.value ?? null) : null;
}
