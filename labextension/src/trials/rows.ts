import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { CALM, gathered, moved, Order, renewed } from './order';

type Row = Schemas['TrialRow'];

/** Rows in one answer, and those before what is in sight: on both sides as many as come while one scrolls and waits. */
const WINDOW = 300;
const BEFORE = 100;
const STEP = 50;

/** Which trials are wanted, and in which order. */
export interface IQuery {
  where: string;
  /** A further condition, of another view's making. */
  within: string;
  states: string;
  sort: string;
  descending: boolean;
  metric?: string;
  mode?: 'min' | 'max';
  find?: number;
}

export interface IRows {
  /** How many rows fit; undefined before the first answer. */
  total?: number;
  /** The row at a place; undefined while it is not known. */
  at: (place: number) => Row | undefined;
  /** All rows that are known. */
  known: readonly Row[];
  /** How many rows of those in sight stand elsewhere by now. */
  moved: number;
  /** Put them where they belong. */
  sortNow: () => void;
  /** Say what is in sight. */
  show: (first: number) => void;
  /** Where the trial of `find` stands. */
  position: number | null;
  /** What is wrong with the filter. */
  fault?: Refusal;
  live: { error?: Refusal; asOf?: number; data?: unknown; refresh: () => void };
}

/** What is shown: which trial stands where, and what is known of each. */
interface IShown {
  order: Order;
  store: ReadonlyMap<number, Row>;
}

function inWindow(order: Order, offset: number): ReadonlySet<number> {
  const places = Array.from({ length: WINDOW }, (_, place) => order.get(offset + place));
  return new Set(places.filter(trial => trial !== undefined));
}

/**
 * Keep the rows of a run's table up to date: a window of them, however many there are.
 *
 * @param calm Whether rows must keep their places, since the user is in the table.
 */
export function useRows(run: string, query: IQuery, calm: boolean): IRows {
  const { api } = useServices();
  const [start, setStart] = useState(0);
  const [{ order, store }, setShown] = useState<IShown>({ order: new Map(), store: new Map() });
  const [shift, setShift] = useState(0);
  const current = useRef<IShown>({ order, store });
  const sorted = useRef({ at: 0, key: '' });
  const key = JSON.stringify(query);
  const load = useCallback(
    async (signal: AbortSignal) => {
      const { where, states, ...rest } = JSON.parse(key) as IQuery;
      const asked = { ...rest, where, state: states, offset: start, limit: WINDOW };
      const page = await answer(
        api.GET('/runs/{run}/trials', { params: { path: { run }, query: asked }, signal })
      );
      return { page, key };
    },
    [api, run, key, start]
  );
  const live = useLive(load, run);
  const latest = live.data;
  const place = useCallback(
    (force: boolean) => {
      if (!latest) {
        return;
      }
      const { page } = latest;
      const trials = page.rows.map(row => row.trial);
      const other = sorted.current.key !== latest.key;
      const now = Date.now();
      const shown = current.current;
      const change = other ? 0 : moved(shown.order, page.page.offset, trials);
      const stays = change > 0 && !force && (calm || now - sorted.current.at < CALM);
      // What is known of a row is always the newest, wherever the row stands.
      const store = gathered(shown.store, page.rows, inWindow(shown.order, page.page.offset));
      const order = stays
        ? shown.order
        : renewed(shown.order, page.page.offset, trials, page.page.total, !other, store);
      const next = { order, store };
      current.current = next;
      setShown(next);
      setShift(stays ? change : 0);
      if (!stays) {
        sorted.current = { at: change || other ? now : sorted.current.at, key: latest.key };
      }
    },
    [latest, calm]
  );
  useEffect(() => place(false), [place]);
  useEffect(() => {
    if (!shift || calm) {
      return undefined;
    }
    const timer = window.setTimeout(() => place(true), CALM);
    return () => window.clearTimeout(timer);
  }, [shift, calm, place]);

  const at = useCallback(
    (index: number) => {
      const trial = order.get(index);
      return trial === undefined ? undefined : store.get(trial);
    },
    [order, store]
  );
  const known = useMemo(() => [...store.values()], [store]);
  const show = useCallback(
    (first: number) => setStart(Math.max(0, Math.floor((first - BEFORE) / STEP) * STEP)),
    []
  );
  return {
    total: latest?.page.page.total,
    at,
    known,
    moved: shift,
    sortNow: () => place(true),
    show,
    position: latest?.page.position ?? null,
    fault: live.error?.status === 400 ? live.error : undefined,
    live: live.error?.status === 400 ? { ...live, error: undefined } : live
  };
}
