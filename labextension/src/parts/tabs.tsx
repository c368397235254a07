import React, { useId, useRef } from 'react';
import { trans } from '../text/trans';

interface ITab<Id extends string> {
  id: Id;
  title: string;
}

interface ITabs<Id extends string> {
  tabs: readonly ITab<Id>[];
  chosen: Id;
  onChoose: (id: Id) => void;
  /** What the tabs are of, for screen readers. */
  label: string;
  /** What stands at the end of their line. */
  extra?: React.ReactNode;
  children: React.ReactNode;
}

/** Tabs with the content of the chosen one; arrow keys go from one to the next. */
export function Tabs<Id extends string>(props: ITabs<Id>): React.JSX.Element {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) {
      return;
    }
    const at = props.tabs.findIndex(tab => tab.id === props.chosen);
    const next = (at + step + props.tabs.length) % props.tabs.length;
    props.onChoose(props.tabs[next]?.id ?? props.chosen);
    list.current?.querySelectorAll('button')[next]?.focus();
    event.preventDefault();
  };
  return (
    <>
      <div className="gj-Tabs">
        <div ref={list} role="tablist" aria-label={props.label} onKeyDown={move}>
          {props.tabs.map(tab => (
            <button
              key={tab.id}
              id={`${base}-${tab.id}`}
              type="button"
              role="tab"
              className="gj-Tab"
              aria-selected={tab.id === props.chosen}
              aria-controls={`${base}-panel`}
              tabIndex={tab.id === props.chosen ? 0 : -1}
              onClick={() => props.onChoose(tab.id)}
            >
              {trans.__(tab.title)}
            </button>
          ))}
        </div>
        {props.extra}
      </div>
      <div
        id={`${base}-panel`}
        role="tabpanel"
        className="gj-TabPanel"
        aria-labelledby={`${base}-${props.chosen}`}
      >
        {props.children}
      </div>
    </>
  );
}
