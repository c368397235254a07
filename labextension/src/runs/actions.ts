import { useMemo } from 'react';

import { answer, Api, Refusal, Schemas } from '../api/client';
import { announce } from '../parts/announce';
import { ask } from '../parts/ask';
import { copyText } from '../parts/copy';
import type { MenuItem } from '../parts/menu';
import { IActions, useServices } from '../state/services';
import { draftOf } from '../sweep/again';
import { tellsFlags } from '../sweep/kinds';
import { countOf } from '../text/numbers';
import { hasEnded } from '../text/states';
import { trans } from '../text/trans';

type Row = Schemas['RunRow'];
type Limits = Schemas['ResumeRequest'];

/** What can be done to a run; each is refused with the core's own sentence. */
export interface IRunActions {
  stop(): Promise<void>;
  pause(): Promise<void>;
  resume(limits?: Limits): Promise<void>;
  rerun(which: Schemas['RerunRequest']): Promise<void>;
  /** Runs trials again as a new run, from the frozen code, and shows it. */
  reproduce(trials: number[]): Promise<void>;
  /** Fills the form of a new sweep with what the run was launched with. */
  change(): Promise<void>;
  remove(): Promise<void>;
}

/** Return the actions on a run; a refusal is given to `onRefused`, an empty text takes the last one back. */
export function useRunActions(
  run: Row,
  onChanged: () => void,
  onRefused: (sentence: string) => void
): IRunActions {
  const { api, actions } = useServices();
  return useMemo(
    () => makeActions(api, actions, run, onChanged, onRefused),
    [api, actions, run, onChanged, onRefused]
  );
}

function makeActions(
  api: Api,
  actions: IActions,
  run: Row,
  onChanged: () => void,
  onRefused: (sentence: string) => void
): IRunActions {
  const path = { path: { run: run.run } };
  const tried = async (act: () => Promise<{ message: string }>): Promise<void> => {
    onRefused('');
    try {
      announce((await act()).message);
      onChanged();
    } catch (error) {
      onRefused(error instanceof Refusal ? error.message : String(error));
    }
  };
  return {
    stop: async () => {
      if (await ask(stopQuestion(run))) {
        await tried(() => answer(api.POST('/runs/{run}/stop', { params: path })));
      }
    },
    pause: () => tried(() => answer(api.POST('/runs/{run}/pause', { params: path }))),
    resume: limits =>
      tried(() => answer(api.POST('/runs/{run}/resume', { params: path, body: limits ?? {} }))),
    rerun: which =>
      tried(async () => {
        const again = (yes: boolean): Promise<Schemas['Done']> =>
          answer(api.POST('/runs/{run}/rerun', { params: path, body: { ...which, yes } }));
        try {
          return await again(false);
        } catch (error) {
          const question = error instanceof Refusal && error.problem?.questions?.[0]?.question;
          const title = trans.__('Rerun trials of %1?', run.run);
          if (
            question &&
            (await ask({
              title,
              body: question,
              keep: trans.__('Keep the results'),
              act: trans.__('Rerun')
            }))
          ) {
            return again(true);
          }
          throw error;
        }
      }),
    reproduce: trials =>
      tried(async () => {
        const body = { trials, from_snapshot: true };
        const done = await answer(api.POST('/runs/{run}/rerun', { params: path, body }));
        actions.openRun(done.run);
        return done;
      }),
    change: () =>
      tried(async () => {
        const form = await answer(api.GET('/runs/{run}/form', { params: path }));
        const query = { path: form.script };
        const script = tellsFlags(form.script)
          ? await answer(api.GET('/script', { params: { query } }))
          : undefined;
        actions.newSweep(draftOf(form, script?.flags ?? []));
        return { message: trans.__('The form holds what %1 was launched with.', run.run) };
      }),
    remove: async () => {
      const body = trans.__('Its logs, metrics and artifacts are deleted with it.');
      if (
        await ask({
          title: trans.__('Delete %1?', run.run),
          body,
          keep: trans.__('Keep it'),
          act: trans.__('Delete')
        })
      ) {
        await tried(() => answer(api.DELETE('/runs/{run}', { params: path })));
      }
    }
  };
}

/** Return what the button says that lets a held run go on. */
export function resumeLabel(held: NonNullable<Row['banner']>): string {
  const { budget } = held.limits;
  if (budget !== undefined) {
    // Dollars are a plain number; machine time has its unit.
    const told = Number.isNaN(Number(budget)) ? budget : `$${budget}`;
    return trans.__('Raise budget to %1 and resume', told);
  }
  return held.kind === 'failing' ? trans.__('Resume anyway') : trans.__('Resume');
}

function stopQuestion(run: Row): Parameters<typeof ask>[0] {
  const running = (run.counts['running'] ?? 0) + (run.counts['starting'] ?? 0);
  const queued = run.counts['queued'] ?? 0;
  const parts = [
    running
      ? trans._n(
          '%1 running trial gets 20 s to save.',
          '%1 running trials get 20 s to save.',
          running
        )
      : '',
    queued
      ? trans._n('%1 queued trial will not start.', '%1 queued trials will not start.', queued)
      : '',
    trans.__('What has ended stays.')
  ];
  return {
    title: trans.__('Stop %1?', run.run),
    body: parts.filter(Boolean).join(' '),
    keep: trans.__('Keep running'),
    act: trans.__('Stop %1', countOf(running + queued, 'trial'))
  };
}

/** Return the entries of a run's menu. */
export function runMenu(run: Row, acts: IRunActions, actions: IActions): MenuItem[] {
  const failed = (run.counts['failed'] ?? 0) + (run.counts['interrupted'] ?? 0);
  const ended = hasEnded(run.state);
  const left =
    (run.counts['stopped'] ?? 0) + (run.counts['interrupted'] ?? 0) + (run.counts['queued'] ?? 0);
  return [
    { label: trans.__('Open'), onSelect: () => actions.openRun(run.run) },
    null,
    { label: trans.__('Stop run…'), disabled: ended, onSelect: () => void acts.stop() },
    {
      label: trans.__('Pause'),
      disabled: ended || run.state === 'paused',
      onSelect: () => void acts.pause()
    },
    {
      label: trans.__('Resume'),
      disabled: !left && !run.unwatched,
      onSelect: () => void acts.resume()
    },
    {
      label: trans.__('Rerun failed'),
      disabled: !failed,
      onSelect: () => void acts.rerun({ failed: true })
    },
    { label: trans.__('Rerun with changes…'), onSelect: () => void acts.change() },
    null,
    { label: trans.__('Copy name'), onSelect: () => void copyText(run.run) },
    {
      label: trans.__('Delete…'),
      disabled: !ended && run.state !== 'paused',
      onSelect: () => void acts.remove()
    }
  ];
}
