import React, { useEffect, useRef, useState } from 'react';

import { answer, Refusal } from '../api/client';
import { announce } from '../parts/announce';
import { Acts } from '../parts/acts';
import { Banner } from '../parts/banner';
import { Button } from '../parts/button';
import { CopyPlan } from '../plan/copy';
import { showPlan } from '../plan/dialog';
import { useServices } from '../state/services';
import { Arguments } from './arguments';
import { bodyOf, useCheck } from './check';
import {
  EMPTY,
  factsOf,
  faultOf,
  IDraft,
  isOfScript,
  launchButton,
  parted,
  unsetOf
} from './draft';
import { useGridFlags } from './flags';
import { Kernels } from './kernels';
import { OptionFields } from './options';
import { Others } from './others';
import { Place } from './place';
import { trans } from '../text/trans';

/** Milliseconds of rest after which the number of trials is read out. */
const SAID_AFTER = 800;

/** The form of a new sweep; its foot with the button never scrolls away. */
export function NewSweep(props: {
  draft: IDraft;
  onDraft: (draft: IDraft) => void;
  onBack: () => void;
}): React.JSX.Element {
  const { draft, onDraft } = props;
  const services = useServices();
  const { api, actions } = services;
  const flags = useGridFlags();
  const { check, error } = useCheck(draft);
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState('');
  const [answers, setAnswers] = useState<ReadonlySet<string>>(new Set());
  const root = useRef<HTMLElement>(null);
  const questions = check?.plan?.questions ?? [];
  const answered = questions.every(one => answers.has(one.question));
  const button = launchButton(check, sending, answered);
  const facts = check ? factsOf(check) : [];
  const first = facts[0] ?? check?.fault?.message;
  useEffect(() => {
    const timer = window.setTimeout(() => first && announce(first), SAID_AFTER);
    return () => window.clearTimeout(timer);
  }, [first]);

  const launch = async (): Promise<void> => {
    setSending(true);
    setRefusal('');
    try {
      const yes = questions.flatMap(one => one.flags);
      const launched = await answer(api.POST('/runs', { body: { ...bodyOf(draft), flags: yes } }));
      props.onBack();
      actions.openRun(launched.run);
    } catch (caught) {
      setRefusal(caught instanceof Refusal ? caught.message : String(caught));
    } finally {
      setSending(false);
    }
  };
  const act = (): void => {
    if (button.launches && !button.disabled) {
      void launch();
    } else {
      const faulty = root.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
      faulty?.closest('details')?.setAttribute('open', '');
      faulty?.focus();
    }
  };
  const press = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      act();
    } else if (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const fields = [...(root.current?.querySelectorAll<HTMLElement>('.gj-Argument') ?? [])];
      const at = fields.findIndex(field => field.contains(event.target as Node));
      const next = fields[at + (event.key === 'ArrowDown' ? 1 : -1)];
      (
        next?.querySelector<HTMLElement>('input:checked') ??
        next?.querySelector<HTMLElement>('input')
      )?.focus();
    } else {
      return;
    }
    event.preventDefault();
  };
  const plan = check?.plan;
  return (
    <section ref={root} className="gj-Form" aria-label={trans.__('New sweep')} onKeyDown={press}>
      <header className="gj-Form-head">
        <button type="button" className="gj-Link" onClick={props.onBack}>
          {trans.__('‹ Runs')}
        </button>
        <Button onClick={() => onDraft(EMPTY)}>{trans.__('Clear')}</Button>
      </header>
      <div className="gj-Form-fields">
        <Place draft={draft} fault={isOfScript(check, draft)} onDraft={onDraft} />
        <Kernels kernel={draft.kernel} onChange={kernel => onDraft({ ...draft, kernel })} />
        <Arguments draft={draft} check={check} onDraft={onDraft} />
        <OptionFields
          flags={flags}
          options={draft.options}
          unset={unsetOf(plan)}
          fault={check?.fault?.flag}
          onChange={options => onDraft({ ...draft, options })}
        />
        <Others
          flags={flags}
          options={draft.options}
          onChange={options => onDraft({ ...draft, options })}
        />
      </div>
      <footer className="gj-Form-foot">
        {error && <Banner alert>{error.message}</Banner>}
        {refusal && <Banner alert>{refusal}</Banner>}
        {!draft.script && <div>{trans.__('Choose a script: its flags are read, not run.')}</div>}
        {check?.fault && <p className="gj-Fault">✗ {faultOf(check.fault)}</p>}
        {facts.map(line => (
          <div key={line}>{line}</div>
        ))}
        {questions.map(({ question }) => (
          <label key={question} className="gj-Question">
            <input
              type="checkbox"
              checked={answers.has(question)}
              onChange={event => {
                const next = new Set(answers);
                if (event.target.checked) {
                  next.add(question);
                } else {
                  next.delete(question);
                }
                setAnswers(next);
              }}
            />
            <span>{question.replace(/ Go on\?$/, '')}</span>
          </label>
        ))}
        <div className="gj-Form-acts">
          <Button
            disabled={!plan}
            onClick={() => void showPlan(services, bodyOf(draft), parted(draft.script).name)}
          >
            {trans.__('Preview')}
          </Button>
          <CopyPlan plan={plan} />
        </div>
        <Acts className="gj-mod-inline">
          <Button main disabled={button.disabled} onClick={act}>
            {button.label}
          </Button>
        </Acts>
      </footer>
    </section>
  );
}
