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
import { RunItem, whenOf } from './item';
import { NoRuns } from './none';
import { trans } from '../text/trans';

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
    <section className="gj-Runs" aria-label={trans.__('Runs')}>
      <header className="gj-Runs-head">
        <Button onClick={() => actions.newSweep()}>
          <addIcon.react tag="span" className="gj-Icon" /> {trans.__('New sweep')}
        </Button>
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More')}
          menu
          onClick={event =>
            openMenu(event.currentTarget, [{ label: trans.__('Refresh'), onSelect: live.refresh }])
          }
        />
      </header>
      <div className="gj-Runs-filter">
        <input
          type="search"
          className="gj-Input"
          placeholder={trans.__('Filter runs')}
          aria-label={trans.__('Filter runs')}
          value={typed}
          onChange={event => setTyped(event.target.value)}
          onKeyDown={clearsOnEscape(typed, () => setTyped(''))}
        />
        <button
          type="button"
          className="gj-Button"
          aria-haspopup="menu"
          aria-label={trans.__('Show runs: %1', titled(state))}
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
            <RunItem key={run.run} run={run} when={whenOf(run)} onChanged={live.refresh} />
          ))}
        </ul>
        {known && known.page.total > known.runs.length && (
          <div className="gj-Runs-more">
            <Button onClick={() => setLimit(limit + 5 * PAGE)}>
              {trans.__('Show more of %1', formatCount(known.page.total))}
            </Button>
          </div>
        )}
      </div>
      <footer className="gj-foot">
        {known
          ? trans.__('%1 active · %2 in all', formatCount(known.active), formatCount(known.all))
          : ''}
      </footer>
    </section>
  );
}

function titled(choice: Choice): string {
  const titles: Record<Choice, string> = {
    all: trans.__('All'),
    active: trans.__('Active'),
    paused: trans.__('Paused'),
    failed: trans.__('Failed'),
    done: trans.__('Done')
  };
  return titles[choice];
}
