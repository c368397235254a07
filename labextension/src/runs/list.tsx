import { addIcon, caretDownIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useDeferredValue, useState } from 'react';

import { answer } from '../api/client';
import { Button, IconButton } from '../parts/button';
import { clearsOnEscape } from '../parts/keys';
import { openMenu } from '../parts/menu';
import { Trouble, Waiting } from '../parts/trouble';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { formatCount } from '../text/numbers';
import { RunItem } from './item';
import { NoRuns } from './none';

const PAGE = 50;
const CHOICES = ['all', 'active', 'paused', 'failed', 'done'] as const;
type Choice = (typeof CHOICES)[number];

/** The runs, newest first: the sidebar's home. */
export function RunsList(): React.JSX.Element {
  const { api, actions } = useServices();
  const [typed, setTyped] = useState('');
  const [state, setState] = useState<Choice>('all');
  const [limit, setLimit] = useState(PAGE);
  const q = useDeferredValue(typed.trim());
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(api.GET('/runs', { params: { query: { q, state, limit } }, signal })),
    [api, q, state, limit]
  );
  const live = useLive(load);
  const known = live.data;
  const filtered = q !== '' || state !== 'all';

  const choose = (event: React.MouseEvent<HTMLButtonElement>): void =>
    openMenu(
      event.currentTarget,
      CHOICES.map(choice => ({
        label: titled(choice),
        toggled: choice === state,
        onSelect: () => setState(choice)
      }))
    );
  return (
    <section className="gj-Runs" aria-label="Runs">
      <header className="gj-Runs-head">
        <Button onClick={() => actions.newSweep()}>
          <addIcon.react tag="span" className="gj-Icon" /> New sweep
        </Button>
        <IconButton
          icon={ellipsesIcon}
          label="More"
          menu
          onClick={event =>
            openMenu(event.currentTarget, [{ label: 'Refresh', onSelect: live.refresh }])
          }
        />
      </header>
      <div className="gj-Runs-filter">
        <input
          type="search"
          className="gj-Input"
          placeholder="Filter runs"
          aria-label="Filter runs"
          value={typed}
          onChange={event => setTyped(event.target.value)}
          onKeyDown={clearsOnEscape(typed, () => setTyped(''))}
        />
        <button
          type="button"
          className="gj-Button"
          aria-haspopup="menu"
          aria-label={`Show ${state} runs`}
          onClick={choose}
        >
          {titled(state)}
          <caretDownIcon.react tag="span" className="gj-Icon" />
        </button>
      </div>
      <Trouble live={live} />
      <div className="gj-Runs-scroll">
        {!known && !live.error && <Waiting rows={3} />}
        {known && known.runs.length === 0 && (
          <NoRuns
            filter={filtered ? q || state : null}
            onClear={() => {
              setTyped('');
              setState('all');
            }}
          />
        )}
        <ul className="gj-Runs-list">
          {known?.runs.map(run => (
            <RunItem key={run.run} run={run} onChanged={live.refresh} />
          ))}
        </ul>
        {known && known.page.total > known.runs.length && (
          <div className="gj-Runs-more">
            <Button onClick={() => setLimit(limit + 5 * PAGE)}>
              Show more of {formatCount(known.page.total)}
            </Button>
          </div>
        )}
      </div>
      <footer className="gj-foot">
        {known ? `${formatCount(known.active)} active · ${formatCount(known.all)} in all` : ''}
      </footer>
    </section>
  );
}

function titled(choice: Choice): string {
  return choice.charAt(0).toUpperCase() + choice.slice(1);
}
