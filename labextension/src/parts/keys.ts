import type React from 'react';

/** Return what clears a field with Esc; where it is empty the key is left to what is around it. */
export function clearsOnEscape(
  text: string,
  clear: () => void
): (event: React.KeyboardEvent) => void {
  return event => {
    if (event.key === 'Escape' && text) {
      event.preventDefault();
      clear();
    }
  };
}
