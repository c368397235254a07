/** What a key does in the table. */
export type Step =
  | { kind: 'move'; to: number; tick: boolean }
  | { kind: 'open' | 'tick' | 'filter' | 'close' | 'log' | 'curves' };

/**
 * Return what a key does, or nothing where it is not the table's.
 *
 * @param active The row that is active; -1 for none.
 * @param total How many rows there are.
 * @param page How many rows are in sight.
 */
export function stepFor(
  event: { key: string; shiftKey: boolean; ctrlKey: boolean; metaKey: boolean; altKey: boolean },
  active: number,
  total: number,
  page: number
): Step | null {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return null;
  }
  const last = total - 1;
  const moves: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: last
  };
  const to = moves[event.key];
  if (to !== undefined) {
    const arrow = event.key.startsWith('Arrow');
    return { kind: 'move', to: Math.min(last, Math.max(0, to)), tick: event.shiftKey && arrow };
  }
  switch (event.key) {
    case 'Enter':
      return { kind: 'open' };
    case ' ':
      return { kind: 'tick' };
    case '/':
      return { kind: 'filter' };
    case 'Escape':
      return { kind: 'close' };
    case 'l':
      return { kind: 'log' };
    case 'c':
      return { kind: 'curves' };
    default:
      return null;
  }
}
