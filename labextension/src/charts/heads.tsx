import React, { useRef } from 'react';

import { trans } from '../text/trans';
import type { IAxis } from './axes';

/** The names of the axes, which are moved by them: with the pointer, or Alt and an arrow. */
export function AxisHeads(props: {
  axes: readonly IAxis[];
  lefts: readonly number[];
  onShift: (id: string, step: number) => void;
}): React.JSX.Element {
  const { axes, lefts, onShift } = props;
  const held = useRef<string | null>(null);
  const gap = (lefts[1] ?? 0) - (lefts[0] ?? 0);
  const drag = (event: React.PointerEvent<HTMLButtonElement>, place: number): void => {
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    const id = axes[place]?.id;
    if (!box || !id || held.current !== id) {
      return;
    }
    const away = event.clientX - box.left - (lefts[place] ?? 0);
    if (gap > 0 && Math.abs(away) > gap / 2) {
      onShift(id, Math.sign(away));
    }
  };
  return (
    <div className="gj-AxisHeads">
      {axes.map((axis, place) => (
        <button
          key={axis.id}
          type="button"
          className="gj-AxisHead"
          style={{ left: lefts[place], maxWidth: Math.max(40, gap - 8) }}
          title={trans.__('%1: drag, or press Alt and an arrow, to move it', axis.label)}
          onPointerDown={event => {
            held.current = axis.id;
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={event => drag(event, place)}
          onPointerUp={() => (held.current = null)}
          onKeyDown={event => {
            const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (event.altKey && step) {
              event.preventDefault();
              onShift(axis.id, step);
            }
          }}
        >
          {axis.label}
          {axis.log && <span className="gj-hint"> {trans.__('log')}</span>}
        </button>
      ))}
    </div>
  );
}
