import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { CALM, moved, Order, renewed } from './order';

type Row = Schemas['TrialRow'];

/** Rows in one answer: what is in sight and as much again. */
const WINDOW = 150;
const STEP = 50;
const MOST_KEPT = 5_000;

/** Which trials are wanted, and in which order. */
export interface IQuery {
  where: string;
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

/**
 * Keep the rows of a run's table up to date: a window of them, however many there are.
 *
 * @param calm Whether rows must keep their places, since the user is in the table.
 */
export function useRows(run: string, query: IQuery, calm: boolean): IRows {
  const { api } = useServices();
  const [start, setStart] = useState(0);
  const [order, setOrder] = useState<Order>(new Map());
  const [shift, setShift] = useState(0);
  const store = useRef(new Map<number, Row>());
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
  useMemo(() => {
    if (store.current.size > MOST_KEPT) {
      store.current.clear();
    }
    latest?.page.rows.forEach(row => store.current.set(row.trial, row));
  }, [latest]);

  const place = useCallback(
    (force: boolean) => {
      if (!latest) {
        return;
      }
      const { page } = latest;
      const trials = page.rows.map(row => row.trial);
      const other = sorted.current.key !== latest.key;
      setOrder(shown => {
        const now = Date.now();
        const change = other ? 0 : moved(shown, page.page.offset, trials);
        if (change && !force && (calm || now - sorted.current.at < CALM)) {
          setShift(change);
          return shown;
        }
        setShift(0);
        sorted.current = { at: change || other ? now : sorted.current.at, key: latest.key };
        return renewed(shown, page.page.offset, trials, page.page.total, !other);
      });
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

  // A row may change and keep its place, so that what is known is looked up anew with each answer.
  const at = useCallback(
    (index: number) => {
      const trial = order.get(index);
      return trial === undefined ? undefined : store.current.get(trial);
    },
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [order, latest]
  );
  const known = useMemo(
    () => [...order.values()].flatMap(trial => store.current.get(trial) ?? []),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [order, latest]
  );
  const show = useCallback(
    (first: number) => setStart(Math.max(0, Math.floor((first - STEP) / STEP) * STEP)),
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
