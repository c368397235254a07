import React from 'react';

import type { Schemas } from '../api/client';
import { CopyButton } from '../parts/copy';
import { formatDuration, formatMetric } from '../text/numbers';
import { trans } from '../text/trans';
import { codeLine, gitLine, machineLine, packagesLine } from './origin';

/** All that is known of a trial, a line each. */
export function Details(props: { detail: Schemas['TrialDetail'] }): React.JSX.Element {
  const { detail } = props;
  const { git, python } = detail;
  const when = (seconds: number | null): string =>
    seconds === null
      ? ''
      : new Date(seconds * 1000).toLocaleString('en-GB', { timeZoneName: 'short' });
  const known: [string, string][] = [
    [trans.__('State'), detail.state],
    [trans.__('Started'), when(detail.started)],
    [trans.__('Ended'), when(detail.ended)],
    [trans.__('Duration'), detail.duration === null ? '' : formatDuration(detail.duration)],
    [trans.__('Attempts'), String(detail.attempts)],
    ...detail.earlier.map(({ attempt, told }): [string, string] => [
      trans.__('Attempt %1', attempt),
      told
    ]),
    [trans.__('Runs on'), detail.place],
    ...Object.entries(detail.params),
    ...Object.entries(detail.metrics).map(([name, value]): [string, string] => [
      name,
      formatMetric(value)
    ])
  ];
  const origin: [string, string][] = [
    [trans.__('Repeats'), detail.repeats ?? ''],
    [trans.__('Seed'), String(detail.seed)],
    [trans.__('Code'), codeLine(detail.code)],
    [trans.__('Git commit'), git ? gitLine(git) : ''],
    [trans.__('Changed since'), git?.changed.join(', ') ?? ''],
    [trans.__('Origin'), git?.remote ?? ''],
    [trans.__('Python'), [python.version, python.executable].filter(Boolean).join(' · ')],
    [trans.__('Packages'), packagesLine(python)],
    [trans.__('Machine'), detail.machine ? machineLine(detail.machine) : ''],
    [trans.__('grid-jupyter'), detail.grid_jupyter ?? '']
  ];
  const packages = Object.entries(python.packages);
  return (
    <div className="gj-scroll gj-Details">
      {detail.command !== null && <Copied label={trans.__('Command')} text={detail.command} />}
      <Copied label={trans.__('Reproduce')} text={detail.reproduce} />
      <Lines lines={known} />
      <h4 className="gj-hint">{trans.__('What it came from')}</h4>
      <Lines lines={origin} />
      {packages.length > 0 && (
        <Folded title={trans.__('All packages')}>
          <Lines lines={packages} />
        </Folded>
      )}
      <Folded title={trans.__('Environment')}>
        <Lines lines={Object.entries(detail.environment)} />
      </Folded>
    </div>
  );
}

function Folded(props: { title: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <details>
      <summary>{props.title}</summary>
      {props.children}
    </details>
  );
}

/** Names and what they stand for; what is empty is left out. */
function Lines(props: { lines: readonly [string, string][] }): React.JSX.Element {
  return (
    <table className="gj-Table">
      <tbody>
        {props.lines
          .filter(([, text]) => text !== '')
          .map(([name, text], place) => (
            <tr key={place}>
              <th scope="row">{name}</th>
              <td>{text}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Copied(props: { label: string; text: string }): React.JSX.Element {
  return (
    <div className="gj-Code">
      <span className="gj-hint">{props.label}</span>
      <code>{props.text}</code>
      <CopyButton text={props.text} label={trans.__('Copy: %1', props.label.toLowerCase())} />
    </div>
  );
}
