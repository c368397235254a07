import { closeIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useMemo, useState } from 'react';

import { answer, Refusal, Schemas } from '../api/client';
import { Curves } from '../charts/view';
import { Artifacts } from '../files/artifacts';
import { LogView } from '../log/view';
import { Acts } from '../parts/acts';
import { announce } from '../parts/announce';
import { Banner } from '../parts/banner';
import { Button, IconButton } from '../parts/button';
import { copyText } from '../parts/copy';
import { MenuItem, openMenu } from '../parts/menu';
import { Sign } from '../parts/signs';
import { Tabs } from '../parts/tabs';
import { Trouble } from '../parts/trouble';
import type { IMetricChoice } from '../run/metric';
import { useRunActions } from '../runs/actions';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { formatMetric, formatParameter } from '../text/numbers';
import { hasEnded } from '../text/states';
import { Details } from './details';
import { trans } from '../text/trans';

const TABS = [
  { id: 'log', title: 'Log' },
  { id: 'curves', title: 'Curves' },
  { id: 'artifacts', title: 'Artifacts' },
  { id: 'details', title: 'Details' }
] as const;
export type TrialTab = (typeof TABS)[number]['id'];

interface ITrialDetail {
  run: Schemas['RunDetail'];
  trial: number;
  choice: IMetricChoice;
  tab: TrialTab;
  onTab: (tab: TrialTab) => void;
  onClose: () => void;
}

/** One trial: what it was given, what came of it, its log and files, and what can be done to it. */
export function TrialDetail(props: ITrialDetail): React.JSX.Element {
  const { api } = useServices();
  const { run } = props.run;
  const { trial, choice } = props;
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/trials/{trial}', {
          params: { path: { run, trial }, query: choice },
          signal
        })
      ),
    [api, run, trial, choice]
  );
  const live = useLive(load, run);
  const detail = live.data;
  return (
    <aside
      className="gj-Trial"
      aria-label={trans.__('Trial %1', trial)}
      onKeyDown={event => {
        if (event.key === 'Escape' && !event.defaultPrevented) {
          event.preventDefault();
          props.onClose();
        }
      }}
    >
      <header className="gj-Trial-head">
        <button type="button" className="gj-Link gj-Trial-back" onClick={props.onClose}>
          {trans.__('‹ Trials')}
        </button>
        <strong>{trans.__('Trial %1', trial)}</strong>
        {detail && (
          <span>
            <Sign state={detail.state} /> {detail.state}
            {detail.attempts > 1 && trans.__(', attempt %1', detail.attempts)}
          </span>
        )}
        <span className="gj-Header-acts">
          <IconButton
            icon={closeIcon}
            label={trans.__('Close trial %1', trial)}
            onClick={props.onClose}
          />
        </span>
      </header>
      <Trouble live={live} />
      {detail && <Known {...props} detail={detail} onChanged={live.refresh} />}
    </aside>
  );
}

function Known(
  props: ITrialDetail & { detail: Schemas['TrialDetail']; onChanged: () => void }
): React.JSX.Element {
  const { detail, tab, run } = props;
  const { api, actions } = useServices();
  const [told, setTold] = useState('');
  const only = useMemo(() => new Set([detail.trial]), [detail.trial]);
  const acts = useRunActions(run, props.onChanged, setTold);
  const tried = async (act: Promise<{ message: string }>): Promise<void> => {
    try {
      announce((await act).message);
      props.onChanged();
      setTold('');
    } catch (error) {
      setTold(error instanceof Refusal ? error.message : String(error));
    }
  };
  const path = { params: { path: { run: run.run, trial: detail.trial } } };
  const ended = hasEnded(detail.state);
  const last = detail.earlier.at(-1);
  // A search has not chosen yet what a trial that waits is given.
  const { command, notebook } = detail;
  const rerun = (): void => void acts.rerun({ trials: [detail.trial] });
  const menu: MenuItem[] = [
    {
      label: trans.__('Stop'),
      disabled: ended,
      onSelect: () => void tried(answer(api.POST('/runs/{run}/trials/{trial}/stop', path)))
    },
    {
      label: trans.__('Preempt: save, then go on'),
      disabled: detail.state !== 'running',
      onSelect: () => void tried(answer(api.POST('/runs/{run}/trials/{trial}/preempt', path)))
    },
    {
      label: trans.__('Run again from the frozen code'),
      disabled: command === null,
      onSelect: () => void acts.reproduce([detail.trial])
    },
    null,
    { label: trans.__('Copy name'), onSelect: () => void copyText(detail.name) }
  ];
  return (
    <>
      <p className="gj-Trial-params">
        {run.varying
          .map(label => `${label} ${formatParameter(detail.params[label] ?? '')}`)
          .join(' · ')}
      </p>
      <p className="gj-Trial-params">
        {Object.entries(detail.metrics)
          .slice(0, 4)
          .map(([name, value]) => `${name} ${formatMetric(value)}`)
          .join(' · ')}
      </p>
      {last && (
        <p className="gj-Trial-params gj-hint">
          {trans.__('Attempt %1: %2', last.attempt, last.told)}
        </p>
      )}
      {detail.reason && <Banner alert={detail.state === 'failed'}>{detail.reason}</Banner>}
      {told && <Banner alert>{told}</Banner>}
      <Acts className="gj-Trial-acts">
        {ended ? (
          <Button onClick={rerun}>{trans.__('Rerun')}</Button>
        ) : (
          <Button
            onClick={() => void tried(answer(api.POST('/runs/{run}/trials/{trial}/stop', path)))}
          >
            {trans.__('Stop trial')}
          </Button>
        )}
        {notebook !== null && actions.openNotebook && (
          <Button onClick={() => actions.openNotebook?.(run.run, detail.trial, notebook)}>
            {trans.__('Open notebook')}
          </Button>
        )}
        {command !== null && (
          <Button onClick={() => void copyText(command)}>{trans.__('Copy command')}</Button>
        )}
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More for trial %1', detail.trial)}
          menu
          onClick={event => openMenu(event.currentTarget, menu)}
        />
      </Acts>
      <Tabs
        tabs={TABS}
        chosen={tab}
        onChoose={props.onTab}
        label={trans.__('Views of trial %1', detail.trial)}
      >
        {tab === 'log' && <LogView run={run.run} trial={detail.trial} state={detail.state} />}
        {tab === 'curves' && <Curves run={run} choice={props.choice} ticked={only} alone />}
        {tab === 'artifacts' && <Artifacts run={run.run} trial={detail.trial} />}
        {tab === 'details' && <Details detail={detail} />}
      </Tabs>
    </>
  );
}
