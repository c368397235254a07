import { useCallback, useRef } from 'react';

import { answer, Api, Schemas } from '../api/client';
import type { IMetricChoice } from '../run/metric';
import { ILive, useLive } from '../state/live';
import { useServices } from '../state/services';
import type { Curve } from './curve';

/** At most so many curves of the best trials are drawn. */
export const MOST = 200;

/** About so many points of each. */
const POINTS = 250;

/** Milliseconds between two questions for curves: they are much to send and to draw. */
const SPACING = 1_000;

export interface ICurves {
  /** By trial. */
  curves: ReadonlyMap<number, Curve>;
  /** How many trials have the metric. */
  measured: number;
}

/** Which curves: those of these trials, or else of the best. */
export interface IWanted {
  run: string;
  metric: string;
  choice: IMetricChoice;
  trials?: readonly number[];
}

type Answer = Schemas['Metrics'];

interface IKept extends ICurves {
  key: string;
  /** From where on to ask; none where all is to be asked for anew. */
  cursor?: string;
}

/** Keep curves up to date; of what is known already, only what is new is asked for. */
export function useCurves(wanted: IWanted): ILive<ICurves> {
  const { api } = useServices();
  const { run } = wanted;
  const key = JSON.stringify(wanted);
  const kept = useRef<IKept>();
  const load = useCallback(
    async (signal: AbortSignal): Promise<ICurves> => {
      const before = kept.current?.key === key ? kept.current : undefined;
      kept.current = await renewed(api, JSON.parse(key) as IWanted, key, before, signal);
      return kept.current;
    },
    [api, key]
  );
  return useLive(load, run, SPACING);
}

async function renewed(
  api: Api,
  wanted: IWanted,
  key: string,
  before: IKept | undefined,
  signal: AbortSignal
): Promise<IKept> {
  const { run, metric, choice, trials } = wanted;
  if (trials?.length === 0) {
    return { key, curves: new Map(), measured: 0 };
  }
  const ask = (query: { trials?: string; cursor?: string }): Promise<Answer> =>
    answer(
      api.GET('/runs/{run}/metrics', {
        params: {
          path: { run },
          query: { ...choice, name: metric, best: MOST, points: POINTS, ...query }
        },
        signal
      })
      // The client's types know no tuples.
    ) as Promise<Answer>;
  const only = trials && { trials: trials.join(',') };
  const news = await ask({ ...only, cursor: before?.cursor });
  const curves = joined(news.reset ? undefined : before?.curves, news.curves);
  const broken = news.curves.filter(({ trial, total }) => total > 0 && !curves.has(trial));
  if (broken.length > 0) {
    // These are among the best since now: what they wrote before is not known yet.
    const whole = await ask({ trials: broken.map(curve => curve.trial).join(',') });
    whole.curves.forEach(curve => curves.set(curve.trial, curve));
  }
  const long = [...curves.values()].some(curve => curve.points.length > 2 * POINTS);
  const many = !trials && curves.size > MOST;
  return {
    key,
    curves,
    measured: news.trials,
    cursor: long || many ? undefined : news.cursor
  };
}

/** Return curves with what is new of them; those whose beginning is missing are left out. */
export function joined(
  known: ReadonlyMap<number, Curve> | undefined,
  news: readonly Curve[]
): Map<number, Curve> {
  const curves = new Map(known);
  for (const curve of news) {
    const old = curves.get(curve.trial);
    if (old) {
      curves.set(curve.trial, { ...curve, points: [...old.points, ...curve.points] });
    } else if (!known || curve.thinned || curve.points.length === curve.total) {
      curves.set(curve.trial, curve);
    }
  }
  return curves;
}
