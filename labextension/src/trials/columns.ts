import type { Schemas } from '../api/client';
import {
  decimalsFor,
  formatDuration,
  formatMetric,
  formatParameter,
  formatWhen
} from '../text/numbers';

type Row = Schemas['TrialRow'];
type Detail = Schemas['RunDetail'];

export type Group = 'About' | 'Parameters' | 'Metrics';

/** A column of the table of trials. */
export interface IColumn {
  /** What the server sorts by: `trial`, `params.lr`, `metrics.val_loss`. */
  id: string;
  title: string;
  group: Group;
  /** Numbers stand on the right. */
  right: boolean;
  text: (row: Row, decimals: number) => string;
  /** All digits, where the text has fewer. */
  whole?: (row: Row) => string;
}

const ABOUT: readonly IColumn[] = [
  {
    id: 'trial',
    title: 'trial',
    group: 'About',
    right: true,
    text: row => String(row.trial)
  },
  { id: 'state', title: 'state', group: 'About', right: false, text: row => row.state },
  {
    id: 'duration',
    title: 'duration',
    group: 'About',
    right: true,
    text: row => {
      const seconds = row.duration ?? row.elapsed;
      return seconds === null ? '' : formatDuration(seconds);
    }
  },
  {
    id: 'attempts',
    title: 'attempts',
    group: 'About',
    right: true,
    text: row => String(row.attempts)
  },
  {
    id: 'started',
    title: 'started',
    group: 'About',
    right: false,
    text: row => (row.started === null ? '' : formatWhen(row.started))
  },
  {
    id: 'ended',
    title: 'ended',
    group: 'About',
    right: false,
    text: row => (row.ended === null ? '' : formatWhen(row.ended))
  },
  {
    id: 'reason',
    title: 'reason',
    group: 'About',
    right: false,
    text: row => row.reason ?? ''
  }
];

function parameter(label: string): IColumn {
  return {
    id: `params.${label}`,
    title: label,
    group: 'Parameters',
    right: false,
    text: row => formatParameter(row.params[label] ?? ''),
    whole: row => row.params[label] ?? ''
  };
}

function metric(name: string): IColumn {
  const value = (row: Row): Schemas['Value'] | undefined => row.metrics[name];
  return {
    id: `metrics.${name}`,
    title: name,
    group: 'Metrics',
    right: true,
    text: (row, decimals) => {
      const known = value(row);
      return known === undefined ? '' : formatMetric(known, decimals);
    },
    whole: row => String(value(row) ?? '')
  };
}

/** Return all columns that a run's table can have. */
export function allColumns(run: Detail): IColumn[] {
  return [...ABOUT, ...run.varying.map(parameter), ...run.metrics.map(metric)];
}

/** So many parameters at most stand before the metric. */
const BEFORE = 8;

/**
 * Return the columns that are shown at first: trial, state, what varies, the chosen metric, duration.
 *
 * Where very much varies the metric comes first, since it would be out of sight.
 */
export function firstColumns(run: Detail): string[] {
  const parameters = run.varying.map(label => `params.${label}`);
  const metric = run.metric === null ? [] : [`metrics.${run.metric}`];
  return parameters.length > BEFORE
    ? ['trial', 'state', ...metric, 'duration', ...parameters]
    : ['trial', 'state', ...parameters, ...metric, 'duration'];
}

/** Return the chosen columns in their own order; those that a run does not have are left out. */
export function chosenColumns(run: Detail, chosen: readonly string[]): IColumn[] {
  const known = new Map(allColumns(run).map(column => [column.id, column]));
  return chosen.flatMap(id => known.get(id) ?? []);
}

/** What a table is drawn with: the decimals of each metric, the sides and the widths of columns. */
export interface ILayout {
  columns: readonly { column: IColumn; right: boolean; decimals: number }[];
  /** For `grid-template-columns`. */
  template: string;
  /** The same for layouts that look the same. */
  key: string;
}

const WIDEST = 28;

/** Lay a table out by the rows that are known; columns only grow, so that nothing jumps while one scrolls. */
export function layOut(
  columns: readonly IColumn[],
  rows: readonly Row[],
  before: Map<string, number>
): ILayout {
  const laid = columns.map(column => {
    const values =
      column.group === 'Metrics' ? rows.flatMap(row => row.metrics[column.title] ?? []) : [];
    const decimals = decimalsFor(values);
    const texts = rows.map(row => column.text(row, decimals));
    const numeric = texts.some(Boolean) && texts.every(text => !Number.isNaN(Number(text)));
    // Heads are set smaller than what stands below them.
    const head = Math.ceil(0.8 * column.title.length) + 2;
    const longest = Math.max(head, ...texts.map(text => text.length + 0.5));
    const width = Math.min(WIDEST, Math.max(longest, before.get(column.id) ?? 0));
    before.set(column.id, width);
    return { column, right: column.right || numeric, decimals, width };
  });
  const tracks = laid.map(({ column, width }) => {
    const sign = column.id === 'state' || column.group === 'Metrics' ? 20 : 0;
    return `calc(${width}ch + ${sign + 16}px)`;
  });
  const template = `28px ${tracks.join(' ')}`;
  const looks = laid.map(({ column, right, decimals }) => [column.id, right, decimals]);
  return { columns: laid, template, key: JSON.stringify([template, looks]) };
}
