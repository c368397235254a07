import { useEffect, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { useServices } from '../state/services';
import { IDraft, startsIn, words } from './draft';

/** Milliseconds after the last key before what is typed is checked. */
const REST = 150;

/** The body of a request that plans or launches a draft. */
export function bodyOf(draft: IDraft): Schemas['PlanRequest'] {
  return { words: words(draft), cwd: startsIn(draft), kernel: draft.kernel };
}

export interface IChecked {
  /** The newest answer; the old one stays until the next is there. */
  check?: Schemas['Check'];
  error?: Refusal;
}

/** Check a draft while it is typed. */
export function useCheck(draft: IDraft): IChecked {
  const { api } = useServices();
  const [checked, setChecked] = useState<IChecked>({});
  const body = JSON.stringify(bodyOf(draft));
  const { script } = draft;
  useEffect(() => {
    if (!script) {
      setChecked({});
      return undefined;
    }
    const stop = new AbortController();
    const timer = window.setTimeout(() => {
      const asked = JSON.parse(body) as Schemas['PlanRequest'];
      answer(api.POST('/check', { body: asked, signal: stop.signal })).then(
        check => setChecked({ check }),
        (error: unknown) => {
          if (!stop.signal.aborted) {
            const refusal = error instanceof Refusal ? error : new Refusal(String(error), 500);
            setChecked(old => ({ ...old, error: refusal }));
          }
        }
      );
    }, REST);
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [api, body, script]);
  return checked;
}
