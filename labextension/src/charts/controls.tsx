import React from 'react';

import { trans } from '../text/trans';
import type { ILook } from './lines';

const MOST_SMOOTH = 0.9;

/** How all charts of a run are shown. */
export function Controls(props: {
  look: ILook;
  onLook: (look: ILook) => void;
  /** The parameters by which curves can be grouped. */
  varying: readonly string[];
}): React.JSX.Element {
  const { look, onLook } = props;
  const scale = look.log === undefined ? '' : look.log ? 'log' : 'linear';
  return (
    <div className="gj-Controls" role="group" aria-label={trans.__('How curves are shown')}>
      <label>
        {trans.__('Smooth')}{' '}
        <input
          type="range"
          min={0}
          max={MOST_SMOOTH}
          step={0.05}
          value={look.smoothing}
          onChange={event => onLook({ ...look, smoothing: Number(event.target.value) })}
        />{' '}
        <output>{look.smoothing}</output>
      </label>
      <label>
        {trans.__('Scale')}{' '}
        <select
          className="gj-Select"
          value={scale}
          onChange={event => {
            const chosen = event.target.value;
            onLook({ ...look, log: chosen ? chosen === 'log' : undefined });
          }}
        >
          <option value="">{trans.__('as fits')}</option>
          <option value="linear">{trans.__('linear')}</option>
          <option value="log">{trans.__('log')}</option>
        </select>
      </label>
      <label>
        {trans.__('Along')}{' '}
        <select
          className="gj-Select"
          value={look.along}
          onChange={event => onLook({ ...look, along: event.target.value as ILook['along'] })}
        >
          <option value="step">{trans.__('step')}</option>
          <option value="time">{trans.__('time')}</option>
        </select>
      </label>
      {props.varying.length > 0 && (
        <label>
          {trans.__('Group by')}{' '}
          <select
            className="gj-Select"
            value={look.by}
            onChange={event => onLook({ ...look, by: event.target.value })}
          >
            <option value="">{trans.__('nothing')}</option>
            {props.varying.map(label => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
