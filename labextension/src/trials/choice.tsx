import { caretDownIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useId, useRef, useState } from 'react';

import type { Schemas } from '../api/client';
import { Button } from '../parts/button';
import { trans } from '../text/trans';
import { allColumns, firstColumns, Group } from './columns';

interface IColumnChoice {
  run: Schemas['RunDetail'];
  columns: readonly string[];
  onColumns: (columns: string[]) => void;
}

const FEW = 12;

/** Which columns the table has: a list to tick, in groups, that stays open until it is left. */
export function ColumnChoice(props: IColumnChoice): React.JSX.Element {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useId();
  useEffect(() => {
    const leave = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    if (open) {
      document.addEventListener('pointerdown', leave);
      document.addEventListener('focusin', leave);
    }
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
    };
  }, [open]);
  return (
    <span
      ref={root}
      className="gj-Choice"
      onKeyDown={event => {
        if (open && event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          setOpen(false);
          button.current?.focus();
        }
      }}
    >
      <button
        ref={button}
        type="button"
        className="gj-Button"
        aria-expanded={open}
        aria-controls={open ? list : undefined}
        onClick={() => setOpen(!open)}
      >
        {trans.__('Columns')}
        <caretDownIcon.react tag="span" className="gj-Icon" />
      </button>
      {open && <Columns {...props} id={list} />}
    </span>
  );
}

function Columns(props: IColumnChoice & { id: string }): React.JSX.Element {
  const { run, columns, onColumns } = props;
  const [typed, setTyped] = useState('');
  const chosen = new Set(columns);
  const all = allColumns(run).filter(column => column.id !== 'trial');
  const fitting = all.filter(column =>
    column.title.toLowerCase().includes(typed.trim().toLowerCase())
  );
  const titles: Record<Group, string> = {
    Parameters: trans.__('Parameters'),
    Metrics: trans.__('Metrics'),
    About: trans.__('About')
  };
  return (
    <div id={props.id} className="gj-Choice-list" role="group" aria-label={trans.__('Columns')}>
      {all.length > FEW && (
        <input
          type="search"
          className="gj-Input"
          placeholder={trans.__('Filter columns')}
          aria-label={trans.__('Filter columns')}
          autoFocus
          value={typed}
          onChange={event => setTyped(event.target.value)}
        />
      )}
      <div className="gj-Choice-scroll">
        {(Object.keys(titles) as Group[]).map(group => {
          const some = fitting.filter(column => column.group === group);
          return (
            some.length > 0 && (
              <fieldset key={group}>
                <legend>{titles[group]}</legend>
                {some.map(({ id, title }) => (
                  <label key={id} title={title}>
                    <input
                      type="checkbox"
                      checked={chosen.has(id)}
                      onChange={() =>
                        onColumns(
                          chosen.has(id) ? columns.filter(one => one !== id) : [...columns, id]
                        )
                      }
                    />
                    <span>{title}</span>
                  </label>
                ))}
              </fieldset>
            )
          );
        })}
      </div>
      <Button onClick={() => onColumns(firstColumns(run))}>{trans.__('Reset')}</Button>
    </div>
  );
}
