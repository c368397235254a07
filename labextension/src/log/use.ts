import { useCallback, useEffect, useRef, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { useServices } from '../state/services';
import { fromPiece, IWindow, withNext, withPrevious } from './window';

/** Milliseconds between two questions for new lines. */
const PERIOD = 500;
const BYTES = 128 * 1024;

export interface ILogSource {
  run: string;
  trial: number;
  stream: 'stdout' | 'stderr';
  attempt?: number;
}

export interface ILog {
  known?: IWindow;
  /** Where there is no output: why. */
  empty: string | null;
  error?: Refusal;
  /** Loads what comes before; says how many lines that were. */
  loadBefore: () => Promise<number>;
  /** Shows the log from a byte on, or its end. */
  goTo: (offset: number | null) => Promise<void>;
}

/**
 * Keep a stretch of a log, which grows at its end while the trial runs.
 *
 * @param from The byte to begin with; null for the end.
 */
export function useLog(source: ILogSource, from: number | null): ILog {
  const { api } = useServices();
  const { run, trial, stream, attempt } = source;
  const [known, setKnown] = useState<IWindow>();
  const [empty, setEmpty] = useState<string | null>(null);
  const [error, setError] = useState<Refusal>();
  const latest = useRef<IWindow>();
  const asking = useRef(false);

  const read = useCallback(
    (where: { offset?: number; until?: number; number?: boolean; limit?: number }) => {
      const query = { stream, attempt, limit: BYTES, ...where };
      const asked = api.GET('/runs/{run}/trials/{part}/log', {
        params: { path: { run, part: String(trial) }, query }
      });
      return answer(asked);
    },
    [api, run, trial, stream, attempt]
  );
  const take = useCallback((window: IWindow) => {
    latest.current = window;
    setKnown(window);
    setError(undefined);
  }, []);
  const tried = useCallback(async (act: () => Promise<void>) => {
    if (asking.current) {
      return;
    }
    asking.current = true;
    try {
      await act();
    } catch (caught) {
      setError(caught instanceof Refusal ? caught : new Refusal(String(caught), 500));
    } finally {
      asking.current = false;
    }
  }, []);

  const goTo = useCallback(
    async (offset: number | null) => {
      const piece = await read(offset === null ? {} : { offset });
      setEmpty(piece.empty);
      take(fromPiece(piece));
      // Counting takes a second a GB: the lines are there before their numbers.
      const counted =
        piece.offset === 0
          ? 1
          : (await read({ offset: piece.offset, limit: 1, number: true })).line;
      const now = latest.current;
      if (now?.offset === piece.offset) {
        take({ ...now, number: counted });
      }
    },
    [read, take]
  );
  const loadBefore = useCallback(async () => {
    let added = 0;
    await tried(async () => {
      const now = latest.current;
      if (now && now.offset > 0) {
        const piece: Schemas['LogPiece'] = await read({ until: now.offset });
        const window = withPrevious(latest.current ?? now, piece);
        added = window.lines.length - now.lines.length;
        take(window);
      }
    });
    return added;
  }, [read, take, tried]);

  useEffect(() => {
    latest.current = undefined;
    setKnown(undefined);
    void tried(() => goTo(from));
    const timer = window.setInterval(() => {
      const now = latest.current;
      if (now?.over && now.end >= now.size) {
        return;
      }
      void tried(async () => {
        if (!now) {
          await goTo(from);
          return;
        }
        const piece = await read({ offset: now.end });
        setEmpty(piece.empty);
        take(withNext(latest.current ?? now, piece));
      });
    }, PERIOD);
    return () => window.clearInterval(timer);
  }, [from, goTo, read, take, tried]);

  return { known, empty, error, loadBefore, goTo: offset => tried(() => goTo(offset)) };
}
