import { PageConfig } from '@jupyterlab/coreutils';
import { useCallback, useState } from 'react';

/** A choice that this browser remembers. */
export function usePreference<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => recall(name, initial));
  const change = useCallback(
    (next: T) => {
      setValue(next);
      remember(name, next);
    },
    [name]
  );
  return [value, change];
}

/** Return what this browser remembers by a name. */
export function recall<T>(name: string, otherwise: T): T {
  try {
    const kept = localStorage.getItem(key(name));
    return kept === null ? otherwise : (JSON.parse(kept) as T);
  } catch {
    return otherwise;
  }
}

/** Remember something at once: it is there after a reload in the next instant. */
export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // Where nothing can be kept, it holds for as long as the view is open.
  }
}

// One browser may know several servers at one address, as with JupyterHub.
function key(name: string): string {
  return `grid-jupyter:${PageConfig.getBaseUrl()}:${name}`;
}
