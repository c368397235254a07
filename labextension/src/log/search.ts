import { useCallback, useEffect, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { useServices } from '../state/services';
import type { ILogSource } from './use';

type Hit = Schemas['LogHit'];

export interface ISearch {
  q: string;
  regex: boolean;
  matchCase: boolean;
}

export interface IHits {
  hits: readonly Hit[];
  count: number;
  fault?: string;
}

const NONE: IHits = { hits: [], count: 0 };

/** Milliseconds after the last key before the log is searched. */
const REST = 250;

/** Find lines of a whole log; the server searches. */
export function useSearch(source: ILogSource, search: ISearch): IHits {
  const { api } = useServices();
  const { run, trial, stream, attempt } = source;
  const [found, setFound] = useState<IHits>(NONE);
  const { q, regex, matchCase } = search;
  const look = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/trials/{part}/log/search', {
          params: {
            path: { run, part: String(trial) },
            query: { stream, attempt, q, regex, case: matchCase, limit: 1000 }
          },
          signal
        })
      ),
    [api, run, trial, stream, attempt, q, regex, matchCase]
  );
  useEffect(() => {
    if (!q) {
      setFound(NONE);
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      look(stop.signal).then(
        ({ hits, count }) => setFound({ hits, count }),
        (error: unknown) => {
          if (!stop.signal.aborted) {
            setFound({ ...NONE, fault: error instanceof Refusal ? error.message : String(error) });
          }
        }
      );
    }, REST);
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [q, look]);
  return found;
}
