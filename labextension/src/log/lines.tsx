import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useLayoutEffect, useRef } from 'react';

import type { Schemas } from '../api/client';
import { Line } from './line';
import type { ILog } from './use';

const HEIGHT = 18;

interface ILines {
  log: ILog;
  label: string;
  pattern: RegExp | null;
  wrap: boolean;
  follow: boolean;
  /** The line that one has gone to. */
  hit: Schemas['LogHit'] | null;
  error: boolean;
  onFollow: (follow: boolean) => void;
}

/** The lines of a log that are in sight; reaching the top loads what comes before. */
export function Lines(props: ILines): React.JSX.Element {
  const { log, follow, hit } = props;
  const known = log.known;
  const lines = known?.lines ?? [];
  const scroller = useRef<HTMLDivElement>(null);
  const loading = useRef(false);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 20
  });
  const number = known?.number ?? null;
  const place = hit && number !== null ? hit.line - number : null;

  useLayoutEffect(() => {
    if (follow && lines.length) {
      virtual.scrollToIndex(lines.length - 1, { align: 'end' });
    }
  }, [follow, lines.length, virtual]);
  useEffect(() => {
    if (place !== null && place >= 0 && place < lines.length) {
      virtual.scrollToIndex(place, { align: 'center' });
    }
    // Once for each hit, and not for each line that comes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [hit, known?.offset, known?.number]);

  const scrolled = (): void => {
    const box = scroller.current;
    if (!box) {
      return;
    }
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < HEIGHT * 2;
    if (atEnd !== follow && (atEnd || box.scrollHeight > box.clientHeight)) {
      props.onFollow(atEnd);
    }
    if (box.scrollTop < HEIGHT * 10 && !loading.current && (known?.offset ?? 0) > 0) {
      loading.current = true;
      const before = box.scrollHeight;
      void log.loadBefore().then(() =>
        requestAnimationFrame(() => {
          box.scrollTop += box.scrollHeight - before;
          loading.current = false;
        })
      );
    }
  };
  return (
    <div
      ref={scroller}
      className="gj-Lines"
      data-wrap={props.wrap || undefined}
      role="log"
      aria-live="off"
      aria-label={props.label}
      tabIndex={0}
      onScroll={scrolled}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(item => (
          <div
            key={item.index}
            ref={props.wrap ? virtual.measureElement : undefined}
            data-index={item.index}
            className="gj-Lines-at"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Line
              number={number === null ? null : number + item.index}
              text={lines[item.index] ?? ''}
              pattern={props.pattern}
              marked={item.index === place}
              error={props.error}
            />
          </div>
        ))}
      </div>
    </div>
  );
}
