import type { Schemas } from '../api/client';
import { formatDuration, formatMetric, formatParameter } from '../text/numbers';

type Row = Schemas['TrialRow'];

interface ILine {
  name: string;
  texts: string[];
  equal: boolean;
}

/** Return what is known of some trials, a line each: parameters, metrics, and about the trial. */
export function compared(rows: readonly Row[]): ILine[] {
  const names = (pick: (row: Row) => object): string[] => [
    ...new Set(rows.flatMap(row => Object.keys(pick(row))))
  ];
  const line = (name: string, text: (row: Row) => string): ILine => {
    const texts = rows.map(text);
    return { name, texts, equal: new Set(texts).size <= 1 };
  };
  return [
    ...names(row => row.params).map(name =>
      line(name, row => formatParameter(row.params[name] ?? ''))
    ),
    ...names(row => row.metrics).map(name =>
      line(name, row => {
        const value = row.metrics[name];
        return value === undefined ? '' : formatMetric(value);
      })
    ),
    line('state', row => row.state),
    line('duration', row => (row.duration === null ? '' : formatDuration(row.duration))),
    line('attempts', row => String(row.attempts))
  ];
}
