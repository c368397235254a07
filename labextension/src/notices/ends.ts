import type { Schemas } from '../api/client';
import type { IChoices } from '../state/settings';
import { formatMetric } from '../text/numbers';
import { countsInWords, hasEnded, RunState } from '../text/states';
import { trans } from '../text/trans';

type Row = Pick<Schemas['RunRow'], 'run' | 'state' | 'counts' | 'best'>;

/** Tells which runs have ended since they were seen under way. */
export class Underway {
  /** Take in a state of a run; return whether it has just ended. */
  saw(run: string, state: RunState | null): boolean {
    if (state !== null && !hasEnded(state)) {
      this._runs.add(run);
      return false;
    }
    // A run that was deleted has not ended.
    return this._runs.delete(run) && state !== null;
  }

  /** The runs that were under way when they were last seen. */
  get runs(): readonly string[] {
    return [...this._runs];
  }

  private readonly _runs = new Set<string>();
}

/** Whether an end is told of. */
export function isTold(run: Row, which: IChoices['notices']): boolean {
  return which === 'all' || (which === 'failed' && hasFailed(run));
}

/** Whether something went wrong in a run. */
export function hasFailed(run: Row): boolean {
  return run.state === 'failed' || run.state === 'interrupted';
}

/** Return how a run ended, in a sentence or two. */
export function endOf(run: Row): string {
  const counts = countsInWords(run.counts);
  const ended = hasFailed(run)
    ? trans.__('%1 ended with failures: %2.', run.run, counts)
    : trans.__('%1 ended: %2.', run.run, counts);
  if (!run.best) {
    return ended;
  }
  const { metric, value, trial } = run.best;
  return `${ended} ${trans.__('Best %1 %2, trial %3.', metric, formatMetric(value), trial)}`;
}
