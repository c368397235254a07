import {
  caretDownIcon,
  caseSensitiveIcon,
  downloadIcon,
  regexIcon
} from '@jupyterlab/ui-components';
import React, { useCallback, useEffect, useRef, useState } from 'react';

import { answer, apiUrl, Schemas } from '../api/client';
import { Banner } from '../parts/banner';
import { Button, IconButton } from '../parts/button';
import { openMenu } from '../parts/menu';
import { useLive } from '../state/live';
import { useServices } from '../state/services';
import { useSettings } from '../state/settings';
import { formatBytes, formatCount } from '../text/numbers';
import { Lines } from './lines';
import { useSearch } from './search';
import { patternFor } from './text';
import { useLog } from './use';
import { trans } from '../text/trans';

interface ILogView {
  run: string;
  trial: number;
  state: Schemas['TrialState'];
}

/** Milliseconds between two looks for errors in a log that grows. */
const SPACING = 1_000;

/** The log of a trial: at its first error if it failed, else at its end, which is there before errors are looked for. */
export function LogView(props: ILogView): React.JSX.Element {
  const { api } = useServices();
  const { run, trial } = props;
  const [attempt, setAttempt] = useState<number>();
  const load = useCallback(
    (signal: AbortSignal) =>
      answer(
        api.GET('/runs/{run}/trials/{part}/log/outline', {
          params: { path: { run, part: String(trial) }, query: { attempt } },
          signal
        })
      ),
    [api, run, trial, attempt]
  );
  const outline = useLive(load, run, SPACING);
  const failed = props.state === 'failed' || props.state === 'interrupted';
  if (!outline.data && (failed || outline.error)) {
    return <>{outline.error && <Banner alert>{outline.error.message}</Banner>}</>;
  }
  return (
    <Opened
      key={`${attempt}-${failed}`}
      {...props}
      outline={outline.data}
      attempt={attempt}
      onAttempt={setAttempt}
      start={failed ? (outline.data?.first_error ?? null) : null}
    />
  );
}

interface IOpened extends ILogView {
  /** Unknown at first. */
  outline?: Schemas['LogOutline'];
  attempt?: number;
  onAttempt: (attempt: number) => void;
  start: Schemas['LogHit'] | null;
}

function Opened(props: IOpened): React.JSX.Element {
  const { run, trial, outline } = props;
  const { services } = useServices();
  const [stream, setStream] = useState(props.start?.stream ?? 'stdout');
  const [search, setSearch] = useState({ q: '', regex: false, matchCase: false });
  const [wrap, setWrap] = useState(false);
  const { followLogs } = useSettings();
  const [follow, setFollow] = useState(props.start === null && followLogs);
  const [hit, setHit] = useState<Schemas['LogHit'] | null>(props.start);
  const [at, setAt] = useState(0);
  const source = { run, trial, stream, attempt: props.attempt };
  const [from] = useState(props.start ? Math.max(0, props.start.offset - 4096) : null);
  const log = useLog(source, stream === props.start?.stream ? from : null);
  const found = useSearch(source, search);
  const field = useRef<HTMLInputElement>(null);
  const pattern = patternFor(search.q, search.regex, search.matchCase);

  const goTo = useCallback(
    (target: Schemas['LogHit']) => {
      setFollow(false);
      setHit(target);
      const known = log.known;
      if (!known || target.offset < known.offset || target.offset >= known.end) {
        void log.goTo(target.offset);
      }
    },
    [log]
  );
  const step = (by: number): void => {
    const next = found.hits[(at + by + found.hits.length) % found.hits.length];
    if (next) {
      setAt(found.hits.indexOf(next));
      goTo(next);
    }
  };
  useEffect(() => {
    setAt(0);
    if (found.hits[0]) {
      goTo(found.hits[0]);
    }
    // Only what was found leads on, not what is loaded meanwhile.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [found.hits]);
  const toError = (): void => {
    const error = outline?.first_error;
    if (error) {
      setStream(error.stream);
      goTo(error);
    }
  };
  const toEnd = (): void => {
    setHit(null);
    setFollow(true);
    void log.goTo(null);
  };
  const press = (event: React.KeyboardEvent): void => {
    const typing = event.target instanceof HTMLInputElement;
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      field.current?.focus();
    } else if (event.key === 'F3') {
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'e' && !typing) {
      toError();
    } else if (event.key === 'End' && !typing) {
      toEnd();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const url = `${apiUrl(services.serverSettings)}/runs/${run}/trials/${trial}/log/file?stream=${stream}`;
  const newLines = log.known && !follow ? log.known.size - log.known.end : 0;
  const attempts = outline?.attempts ?? [];
  return (
    <section className="gj-Log" aria-label={trans.__('Log of trial %1', trial)} onKeyDown={press}>
      <div className="gj-Log-tools">
        <input
          ref={field}
          type="search"
          className="gj-Input"
          placeholder={trans.__('Search')}
          aria-label={trans.__('Search the log')}
          value={search.q}
          onChange={event => setSearch({ ...search, q: event.target.value })}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              step(event.shiftKey ? -1 : 1);
            } else if (event.key === 'Escape' && search.q) {
              event.preventDefault();
              setSearch({ ...search, q: '' });
            }
          }}
        />
        {search.q && (
          <span className="gj-Log-hits">
            {found.hits.length
              ? trans.__('%1 of %2', at + 1, formatCount(found.count))
              : trans.__('0 of 0')}
            <Button
              disabled={!found.hits.length}
              label={trans.__('Previous hit')}
              onClick={() => step(-1)}
            >
              ‹
            </Button>
            <Button
              disabled={!found.hits.length}
              label={trans.__('Next hit')}
              onClick={() => step(1)}
            >
              ›
            </Button>
          </span>
        )}
        <IconButton
          icon={caseSensitiveIcon}
          label={trans.__('Match capitals')}
          pressed={search.matchCase}
          onClick={() => setSearch({ ...search, matchCase: !search.matchCase })}
        />
        <IconButton
          icon={regexIcon}
          label={trans.__('Regular expression')}
          pressed={search.regex}
          onClick={() => setSearch({ ...search, regex: !search.regex })}
        />
        <Button disabled={!outline?.first_error} onClick={toError}>
          {trans.__('First error')}
        </Button>
        <button
          type="button"
          className="gj-Button"
          aria-haspopup="menu"
          onClick={event =>
            openMenu(
              event.currentTarget,
              (['stdout', 'stderr'] as const).map(one => ({
                label: one === 'stdout' ? trans.__('Output') : trans.__('Errors'),
                toggled: one === stream,
                onSelect: () => setStream(one)
              }))
            )
          }
        >
          {stream === 'stdout' ? trans.__('Output') : trans.__('Errors')}
          <caretDownIcon.react tag="span" className="gj-Icon" />
        </button>
        <button
          type="button"
          className="gj-Button"
          aria-pressed={wrap}
          onClick={() => setWrap(!wrap)}
        >
          {trans.__('Wrap')}
        </button>
        <button
          type="button"
          className="gj-Button"
          aria-pressed={follow}
          onClick={() => (follow ? setFollow(false) : toEnd())}
        >
          {trans.__('Follow')}
        </button>
        <IconButton
          icon={downloadIcon}
          label={trans.__('Download the log')}
          onClick={() => window.open(url, '_blank', 'noopener')}
        />
      </div>
      {found.fault && <p className="gj-Fault">✗ {found.fault}</p>}
      {log.error && <Banner alert>{log.error.message}</Banner>}
      {log.empty ? (
        <p className="gj-Empty">{log.empty}</p>
      ) : (
        <Lines
          log={log}
          label={trans.__('Log of trial %1', trial)}
          pattern={pattern}
          wrap={wrap}
          follow={follow}
          hit={hit}
          error={stream === 'stderr'}
          onFollow={setFollow}
        />
      )}
      <footer className="gj-foot gj-Log-foot">
        <span>
          {log.known ? formatBytes(log.known.size) : ''}
          {log.known && log.known.offset > 0 ? trans.__(' · scroll up for more') : ''}
        </span>
        {!follow && newLines > 0 && (
          <span>
            {trans.__('Following paused · %1 new ·', formatBytes(newLines))}{' '}
            <button type="button" className="gj-Link" onClick={toEnd}>
              {trans.__('Jump to end')}
            </button>
          </span>
        )}
        {attempts.length > 1 && (
          <button
            type="button"
            className="gj-Link"
            aria-haspopup="menu"
            onClick={event =>
              openMenu(
                event.currentTarget,
                attempts.map(one => ({
                  label: trans.__('attempt %1', one.attempt),
                  onSelect: () => props.onAttempt(one.attempt)
                }))
              )
            }
          >
            {trans.__('attempt %1 of %2 ▾', props.attempt ?? attempts.length, attempts.length)}
          </button>
        )}
      </footer>
    </section>
  );
}
