import { useCallback, useState } from 'react';

const PREFIX = 'grid-jupyter:';

/** A choice that this browser remembers. */
export function usePreference<T>(name: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => read(name, initial));
  const change = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(PREFIX + name, JSON.stringify(next));
      } catch {
        // Where nothing can be kept, the choice holds for as long as the view is open.
      }
    },
    [name]
  );
  return [value, change];
}

function read<T>(name: string, initial: T): T {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    return kept === null ? initial : (JSON.parse(kept) as T);
  } catch {
    return initial;
  }
}
