import { useCallback, useEffect, useRef, useState } from 'react';

import { Refusal } from '../api/client';
import { keepingSame } from './same';
import { useServices } from './services';

/** Milliseconds between two questions for the same thing: at most four a second. */
const SPACING = 250;

/** Milliseconds until the server is asked again after it did not answer. */
const RETRY = 5_000;

/** What is known of something that changes. */
export interface ILive<T> {
  /** The newest that is known, kept while nothing newer is had. */
  data?: T;
  /** Why the last question had no answer; gone with the next that has one. */
  error?: Refusal;
  /** When `data` came, in epoch milliseconds. */
  asOf?: number;
  /** Asks again now. */
  refresh: () => void;
}

/**
 * Keep something up to date while it is shown.
 *
 * @param load Asks for it; made with `useCallback`, since a new function is a new question.
 * @param run The run that it depends on: all runs without, none with `null`.
 * @param spacing Milliseconds between two questions, at least.
 */
export function useLive<T>(
  load: (signal: AbortSignal) => Promise<T>,
  run?: string | null,
  spacing = SPACING
): ILive<T> {
  const { changes } = useServices();
  const [known, setKnown] = useState<Omit<ILive<T>, 'refresh'>>({});
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    const stop = new AbortController();
    let timer: number | undefined;
    let asking = false;
    let wanted = false;
    let begun = 0;

    const ask = async (): Promise<void> => {
      timer = undefined;
      asking = true;
      wanted = false;
      begun = Date.now();
      let pause = spacing;
      try {
        const data = await load(stop.signal);
        if (!stop.signal.aborted) {
          setKnown(old => ({ data: keepingSame(old.data, data), asOf: Date.now() }));
        }
      } catch (error) {
        if (stop.signal.aborted) {
          return;
        }
        const refusal = error instanceof Refusal ? error : new Refusal(String(error), 500);
        setKnown(old => ({ ...old, error: refusal }));
        if (refusal.away) {
          wanted = true;
          pause = RETRY;
        }
      }
      asking = false;
      if (wanted) {
        timer = window.setTimeout(ask, Math.max(0, begun + pause - Date.now()));
      }
    };
    const request = (): void => {
      wanted = true;
      if (!asking && timer === undefined) {
        timer = window.setTimeout(ask, Math.max(0, begun + spacing - Date.now()));
      }
    };
    again.current = () => {
      window.clearTimeout(timer);
      timer = undefined;
      if (asking) {
        wanted = true;
      } else {
        void ask();
      }
    };
    const hear = (_: unknown, change: { run?: string }): void => {
      if (run === undefined || change.run === undefined || change.run === run) {
        request();
      }
    };
    if (run !== null) {
      changes.changed.connect(hear);
    }
    void ask();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
      changes.changed.disconnect(hear);
    };
  }, [load, run, changes, spacing]);

  const refresh = useCallback(() => again.current(), []);
  return { ...known, refresh };
}
