import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useId, useMemo, useRef, useState } from 'react';

import { useStable } from '../state/stable';
import type { ILayout } from './columns';
import { Heads } from './heads';
import { Step, stepFor } from './keys';
import { Row } from './row';
import type { IQuery, IRows } from './rows';

/** Milliseconds between two questions for what is in sight, while one scrolls. */
const SPACING = 150;

interface IGrid {
  rows: IRows;
  layout: ILayout;
  query: IQuery;
  label: string;
  /** The trial whose details are shown. */
  open: number | null;
  ticked: ReadonlySet<number>;
  /** Whether there is something that Esc closes or clears. */
  closable: boolean;
  onSort: (id: string) => void;
  onOpen: (trial: number | null) => void;
  onTick: (trial: number) => void;
  onStep: (step: Step) => void;
  /** Whether the pointer or the focus is in the table. */
  onBusy: (busy: boolean) => void;
}

/** The table of trials: as many rows as one likes, of which those in sight are drawn. */
export function Grid(props: IGrid): React.JSX.Element {
  const { rows, layout } = props;
  const base = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const height = useMemo(() => (matchMedia('(pointer: coarse)').matches ? 32 : 24), []);
  const total = rows.total ?? 0;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const { show } = rows;
  const scrolling = virtual.isScrolling;
  const sight = useRef({ first, timer: 0 });
  useEffect(() => {
    sight.current.first = first;
    // What flies past between two questions is not asked for.
    sight.current.timer ||= window.setTimeout(
      () => {
        sight.current.timer = 0;
        show(sight.current.first);
      },
      scrolling ? SPACING : 0
    );
  }, [show, first, scrolling]);
  useEffect(() => () => window.clearTimeout(sight.current.timer), []);

  const openAt = (place: number): void => {
    setActive(place);
    const row = rows.at(place);
    if (row) {
      props.onOpen(row.trial);
    }
  };
  const open = useStable(openAt);
  const tick = useStable(props.onTick);
  const tickAt = (place: number): void => {
    const row = rows.at(place);
    if (row) {
      props.onTick(row.trial);
    }
  };
  const press = (event: React.KeyboardEvent): void => {
    if (event.target instanceof HTMLButtonElement) {
      return;
    }
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2;
    const step = stepFor(event, active, total, page);
    if (!step || (step.kind === 'close' && !props.closable)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (step.kind === 'move') {
      setActive(step.to);
      virtual.scrollToIndex(step.to);
      if (step.tick) {
        tickAt(step.to);
      }
    } else if (step.kind === 'open') {
      openAt(active);
    } else if (step.kind === 'tick') {
      tickAt(active);
    } else {
      props.onStep(step);
    }
  };
  const busy = (): void => props.onBusy(true);
  const idle = (): void =>
    props.onBusy(scroller.current?.matches(':hover, :focus-within') ?? false);
  return (
    <div
      ref={scroller}
      className="gj-Grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={layout.columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={active >= 0 ? `${base}-${active}` : undefined}
      tabIndex={0}
      style={{ '--gj-columns': layout.template, '--gj-row': `${height}px` } as React.CSSProperties}
      onKeyDown={press}
      onFocus={() => {
        busy();
        setActive(Math.max(0, active));
      }}
      onBlur={() => requestAnimationFrame(idle)}
      onPointerEnter={busy}
      onPointerLeave={() => requestAnimationFrame(idle)}
    >
      <Heads layout={layout} query={props.query} onSort={props.onSort} />
      <div className="gj-Grid-rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map(item => {
          const row = rows.at(item.index);
          return (
            <Row
              key={item.index}
              id={`${base}-${item.index}`}
              row={row}
              place={item.index}
              top={item.start}
              layout={layout}
              active={item.index === active}
              open={row !== undefined && row.trial === props.open}
              ticked={row !== undefined && props.ticked.has(row.trial)}
              onOpen={open}
              onTick={tick}
            />
          );
        })}
      </div>
    </div>
  );
}
