import { launchIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useEffect, useState } from 'react';

import { answer } from '../api/client';
import { Banner } from '../parts/banner';
import { IconButton } from '../parts/button';
import { Tabs } from '../parts/tabs';
import { Trouble, Waiting } from '../parts/trouble';
import { runMenu, useRunActions } from '../runs/actions';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { useSettings } from '../state/settings';
import type { TrialState } from '../text/states';
import { UNBRUSHED } from '../charts/brush';
import { Parallel } from '../charts/parallel';
import { Curves } from '../charts/view';
import { Artifacts } from '../files/artifacts';
import { RunPlan } from '../plan/run';
import { Trials } from '../trials/view';
import { RunBanner } from './banner';
import { StateFilters } from './filters';
import { Header } from './header';
import { IMetricChoice, MetricChoice } from './metric';
import type { Schemas } from '../api/client';
import { trans } from '../text/trans';

const TABS = [
  { id: 'trials', title: 'Trials' },
  { id: 'curves', title: 'Curves' },
  { id: 'parallel', title: 'Parallel' },
  { id: 'artifacts', title: 'Artifacts' },
  { id: 'plan', title: 'Plan' }
] as const;
type TabId = (typeof TABS)[number]['id'];

interface IRunView {
  run: string;
  /** In a tab of its own, or in a cell, where it must not grow. */
  place: 'tab' | 'cell';
  /** The trial that is shown first. */
  trial?: number;
  /** Told when the run is known, and when it is found not to be there. */
  onKnown?: (known: boolean) => void;
}

/** The live view of a run, the same in a tab and in a cell. */
export function RunView(props: IRunView): React.JSX.Element {
  const { api } = useServices();
  const { run } = props;
  const [choice, setChoice] = useState<IMetricChoice>({});
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(api.GET('/runs/{run}', { params: { path: { run }, query: choice }, signal })),
    [api, run, choice]
  );
  const live = useLive(load, run);
  const { onKnown } = props;
  const known = live.data !== undefined;
  const gone = live.error?.status === 404;
  useEffect(() => onKnown?.(known && !gone), [onKnown, known, gone]);
  if (gone) {
    const below = props.place === 'cell' ? ` ${trans.__('Below: as saved.')}` : '';
    return (
      <p className="gj-Empty">
        {trans.__('%1 is not on this server.', run)}
        {below}
      </p>
    );
  }
  if (!live.data) {
    // A cell shows what was saved meanwhile.
    return props.place === 'cell' ? (
      <></>
    ) : (
      <>
        <Trouble live={live} />
        {!live.error && <Waiting rows={3} />}
      </>
    );
  }
  return (
    <>
      <Trouble live={live} />
      <Known
        {...props}
        detail={live.data}
        choice={choice}
        onChanged={live.refresh}
        onChoose={setChoice}
      />
    </>
  );
}

interface IKnown extends IRunView {
  detail: Schemas['RunDetail'];
  choice: IMetricChoice;
  onChanged: () => void;
  onChoose: (choice: IMetricChoice) => void;
}

function Known(props: IKnown): React.JSX.Element {
  const { detail, place } = props;
  const { actions } = useServices();
  const [tab, setTab] = useState<TabId>('trials');
  const [states, setStates] = useState<ReadonlySet<TrialState>>(new Set());
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const [brush, setBrush] = useState(UNBRUSHED);
  const [shown, setShown] = useState(props.trial);
  const [refusal, setRefusal] = useState('');
  // As high as at first, so that the cells below never move.
  const [{ trials, banner }] = useState(detail);
  const { cellRows } = useSettings();
  useEffect(() => setShown(props.trial), [props.trial]);
  const acts = useRunActions(detail, props.onChanged, setRefusal);
  return (
    <div
      className="gj-RunView"
      data-place={place}
      data-run={detail.run}
      style={
        place === 'cell'
          ? { height: cellHeight(Math.min(cellRows, trials), banner !== null) }
          : undefined
      }
    >
      <Header
        run={detail}
        acts={acts}
        menu={runMenu(detail, acts, actions)}
        extra={
          place === 'cell' && (
            <IconButton
              icon={launchIcon}
              label={trans.__('Open in tab')}
              onClick={() => actions.openRun(detail.run)}
            />
          )
        }
      />
      {refusal && <Banner alert>{refusal}</Banner>}
      <RunBanner
        run={detail}
        acts={acts}
        onLog={trial => {
          setShown(trial);
          setTab('trials');
        }}
      />
      <StateFilters counts={detail.counts} chosen={states} onChoose={setStates} />
      <Tabs
        tabs={TABS}
        chosen={tab}
        onChoose={tab => {
          setTab(tab);
          setShown(undefined);
        }}
        label={trans.__('Views of %1', detail.run)}
        extra={<MetricChoice run={detail} onChoose={props.onChoose} />}
      >
        {tab === 'trials' && (
          <Trials
            run={detail}
            place={place}
            states={states}
            choice={props.choice}
            ticked={ticked}
            onTicked={setTicked}
            first={shown}
            brush={brush}
            onBrush={setBrush}
            onCurves={() => setTab('curves')}
          />
        )}
        {tab === 'curves' && <Curves run={detail} choice={props.choice} ticked={ticked} />}
        {tab === 'parallel' && (
          <Parallel
            run={detail}
            choice={props.choice}
            states={states}
            ticked={ticked}
            brush={brush}
            onBrush={setBrush}
            onOpen={trial => {
              setShown(trial);
              setTab('trials');
            }}
          />
        )}
        {tab === 'artifacts' && <Artifacts run={detail.run} />}
        {tab === 'plan' && <RunPlan run={detail.run} />}
      </Tabs>
    </div>
  );
}

const ROW = 24;

const BANNER = 60;

/** How high a run is in a cell: its head, what holds it, and its rows. */
function cellHeight(rows: number, held: boolean): number {
  return 242 + (held ? BANNER : 0) + ROW * rows;
}
