import React from 'react';

import type { Schemas } from '../api/client';
import { CopyButton } from '../parts/copy';
import { formatDuration, formatMetric } from '../text/numbers';
import { trans } from '../text/trans';

/** All that is known of a trial, a line each. */
export function Details(props: { detail: Schemas['TrialDetail'] }): React.JSX.Element {
  const { detail } = props;
  const when = (seconds: number | null): string =>
    seconds === null
      ? ''
      : new Date(seconds * 1000).toLocaleString('en-GB', { timeZoneName: 'short' });
  const lines: [string, string][] = [
    [trans.__('State'), detail.state],
    [trans.__('Started'), when(detail.started)],
    [trans.__('Ended'), when(detail.ended)],
    [trans.__('Duration'), detail.duration === null ? '' : formatDuration(detail.duration)],
    [trans.__('Attempts'), String(detail.attempts)],
    [trans.__('Runs on'), detail.place],
    ...Object.entries(detail.params),
    ...Object.entries(detail.metrics).map(([name, value]): [string, string] => [
      name,
      formatMetric(value)
    ]),
    ...Object.entries(detail.environment)
  ];
  return (
    <div className="gj-scroll gj-Details">
      {detail.command !== null && <Copied label={trans.__('Command')} text={detail.command} />}
      <Copied label={trans.__('Reproduce')} text={detail.reproduce} />
      <table className="gj-Table">
        <tbody>
          {lines
            .filter(([, text]) => text !== '')
            .map(([name, text], place) => (
              <tr key={place}>
                <th scope="row">{name}</th>
                <td>{text}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
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
