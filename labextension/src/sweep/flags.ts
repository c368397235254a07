import { useCallback } from 'react';

import { answer, Schemas } from '../api/client';
import { ILive, useLive } from '../state/live';
import { useServices } from '../state/services';
import { countOf } from '../text/numbers';
import { trans } from '../text/trans';
import { tellsFlags } from './kinds';
import { bothWays } from './ways';

export type ScriptFlag = Schemas['Script']['flags'][number];

/** The flags of a script, read from its source; nothing while none is chosen. */
export function useScriptFlags(path: string): ILive<Schemas['Script'] | null> {
  const { api } = useServices();
  const load = useCallback(
    async (signal: AbortSignal) =>
      tellsFlags(path) ? answer(api.GET('/script', { params: { query: { path } }, signal })) : null,
    [api, path]
  );
  return useLive(load, null);
}

/** Grid's own flags. */
export function useGridFlags(): readonly Schemas['Flag'][] {
  const { api } = useServices();
  const load = useCallback((signal: AbortSignal) => answer(api.GET('/flags', { signal })), [api]);
  return useLive(load, null).data?.flags ?? [];
}

/** Return a flag's default as it would be typed; nothing where there is none, or none that the source tells. */
export function defaultOf(flag: ScriptFlag): string {
  const known = !flag.computed?.includes('default') && (flag.default ?? null) !== null;
  if (known && typeof flag.default === 'boolean') {
    return flag.default ? 'True' : 'False';
  }
  return known ? JSON.stringify(flag.default).replace(/^"(.*)"$/, '$1') : '';
}

/** Return the list that a sweep of a flag begins with: of what is given, its choices or its default. */
export function listOf(given: string, flag: ScriptFlag): string {
  const known = flag.choices ?? [defaultOf(flag)].filter(Boolean);
  const value = given || (known.length === 1 ? String(known[0]) : '');
  return value.startsWith('[') ? value : `[${given || known.map(elementOf).join(', ')}]`;
}

/** Return a value as one element of a list, in quotes where it needs them. */
function elementOf(value: unknown): string {
  const text = String(value);
  return /^[\p{L}\p{N}_.\-+/:@=%*~]+$/u.test(text) ? text : `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** Return what a flag is, in a few words: `float · default 0.01`. */
export function described(flag: ScriptFlag): string {
  const parts: string[] = [];
  if (flag.choices) {
    parts.push(flag.choices.map(String).join(', '));
  } else if (flag.takes_value) {
    parts.push(flag.type);
  }
  if (flag.computed?.includes('default')) {
    parts.push(trans.__('default is computed'));
  } else if (flag.required) {
    parts.push(trans.__('required'));
  } else if (flag.takes_value && defaultOf(flag)) {
    parts.push(trans.__('default %1', defaultOf(flag)));
  }
  if (bothWays(flag) && typeof flag.default === 'boolean') {
    parts.push(flag.default ? trans.__('default on') : trans.__('default off'));
  }
  return parts.join(' · ');
}

/** Return what an argument comes to: `3 values: 1, 2, 3`. */
export function told(argument: { count: number | null; told: string | null }): string {
  if (argument.count === null) {
    return argument.told ?? '';
  }
  const values = countOf(argument.count, 'value');
  // A long list is cut, and ends with how long it is.
  const listed = argument.told?.replace(/, [\d,]+ values$/, '');
  return argument.count > 1 && listed ? `${values}: ${listed}` : values;
}
