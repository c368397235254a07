import { Notification } from '@jupyterlab/apputils';

import { answer, Refusal } from '../api/client';
import type { IChange } from '../api/changes';
import { recall, remember } from '../state/preference';
import type { IServices } from '../state/services';
import type { RunState } from '../text/states';
import { trans } from '../text/trans';
import { endOf, hasFailed, isTold, Underway } from './ends';

const MOST = 500;
const SHOWN = 10_000;

/** For how many milliseconds another page of this browser, told of the same end, keeps quiet. */
const SAME_END = 30_000;

/** For how many milliseconds a page that nobody sees lets others go first. */
const HIDDEN = 1_000;

const TOLD = 'told';

/** Tell when a run ends that this page has seen under way. */
export function addNotices(services: IServices): void {
  const underway = new Underway();
  const saw = (run: string, state: RunState | null): void => {
    if (underway.saw(run, state)) {
      const wait = document.hidden ? HIDDEN : 0;
      // A run that is gone by then is none to tell of.
      window.setTimeout(() => tell(services, run).catch(() => undefined), wait);
    }
  };
  /** Look at all runs under way, and at those that no longer are. */
  const look = async (): Promise<void> => {
    const active = await listed(services, 'active');
    const paused = await listed(services, 'paused');
    const now = new Map([...active, ...paused]);
    now.forEach((state, run) => saw(run, state));
    for (const run of underway.runs.filter(one => !now.has(one))) {
      saw(run, await stateOf(services, run));
    }
  };
  const hear = (change: IChange): void => {
    if (change.run === undefined) {
      // Where the server is away, the views say so.
      look().catch(() => undefined);
    } else {
      saw(change.run, (change.state ?? null) as RunState | null);
    }
  };
  services.changes.changed.connect((_, change) => hear(change));
  hear({});
}

async function listed(
  { api }: IServices,
  state: 'active' | 'paused'
): Promise<[string, RunState][]> {
  const found = await answer(api.GET('/runs', { params: { query: { state, limit: MOST } } }));
  return found.runs.map(run => [run.run, run.state]);
}

async function stateOf({ api }: IServices, run: string): Promise<RunState | null> {
  try {
    return (await answer(api.GET('/runs/{run}', { params: { path: { run } } }))).state;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) {
      return null;
    }
    throw error;
  }
}

async function tell({ api, settings, actions }: IServices, name: string): Promise<void> {
  if (settings.now.notices === 'none' || isInSight(name) || !claim(name)) {
    return;
  }
  const run = await answer(api.GET('/runs/{run}', { params: { path: { run: name } } }));
  if (!isTold(run, settings.now.notices)) {
    return;
  }
  const failed = hasFailed(run);
  const kind = failed ? 'warning' : run.state === 'succeeded' ? 'success' : 'info';
  Notification.emit(endOf(run), kind, {
    // What failed stays until it is seen; all are kept in Lab's list of notices.
    autoClose: failed ? false : SHOWN,
    actions: [{ label: trans.__('Open'), callback: () => actions.openRun(name) }]
  });
}

/** Whether the run is on the screen, in a tab or in a cell. */
function isInSight(run: string): boolean {
  return (
    !document.hidden &&
    [...document.querySelectorAll<HTMLElement>('.gj-RunView')].some(view => {
      const box = view.getBoundingClientRect();
      return (
        view.dataset['run'] === run &&
        box.height > 0 &&
        box.bottom > 0 &&
        box.top < window.innerHeight
      );
    })
  );
}

/** Whether this page is the first of this browser's to tell of an end. */
function claim(run: string): boolean {
  const now = Date.now();
  const told = Object.entries(recall<Record<string, number>>(TOLD, {}));
  const recent = Object.fromEntries(told.filter(([, at]) => now - at < SAME_END));
  if (run in recent) {
    return false;
  }
  remember(TOLD, { ...recent, [run]: now });
  return true;
}
