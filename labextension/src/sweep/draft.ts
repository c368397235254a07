import type { Schemas } from '../api/client';
import { countOf } from '../text/numbers';

/** A sweep that has not been launched: what the form holds. */
export interface IDraft {
  /** Relative to the folder that Jupyter serves. */
  script: string;
  /** The kernel whose Python runs it; the server's own where null. */
  kernel: string | null;
  /** What stands behind the script's flags, by flag; `''` is left out, `null` is a flag alone. */
  values: Record<string, string | null>;
  /** Words for arguments that no flag was found for. */
  more: string;
  /** Grid's own flags; true for one that takes no value. */
  options: Record<string, string | true>;
}

export const EMPTY: IDraft = { script: '', kernel: null, values: {}, more: '', options: {} };

/** Return the folder of a path, and its name. */
export function parted(path: string): { folder: string; name: string } {
  const cut = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, cut)), name: path.slice(cut + 1) };
}

/** Return the arguments as words; those that are not set are left out. */
export function argumentWords(draft: IDraft): string[] {
  const words = Object.entries(draft.values).flatMap(([flag, value]) => {
    if (value === '') {
      return [];
    }
    if (value === null) {
      return [flag];
    }
    return flag.startsWith('-') ? [flag, value] : [value];
  });
  return [...words, ...splitWords(draft.more)];
}

/** Return all words behind `grid run`. */
export function words(draft: IDraft): string[] {
  const options = Object.entries(draft.options).flatMap(([flag, value]) => {
    if (value === true) {
      return [flag];
    }
    return value.trim() === '' ? [] : [flag, value];
  });
  return [...options, parted(draft.script).name, ...argumentWords(draft)];
}

/** Split at blanks outside of quotes and brackets, as a magic line is. */
export function splitWords(line: string): string[] {
  const found: string[] = [];
  let word = '';
  let begun = false;
  let quote = '';
  let depth = 0;
  for (const sign of line) {
    if (quote) {
      if (sign === quote) {
        quote = '';
        word += depth ? sign : '';
      } else {
        word += sign;
      }
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      begun = true;
      word += depth ? sign : '';
    } else if (/\s/.test(sign) && depth === 0) {
      if (begun) {
        found.push(word);
      }
      word = '';
      begun = false;
    } else {
      depth += '[('.includes(sign) ? 1 : 0;
      depth -= '])'.includes(sign) && depth > 0 ? 1 : 0;
      word += sign;
      begun = true;
    }
  }
  return begun ? [...found, word] : found;
}

export interface ILaunchButton {
  label: string;
  /** Whether a click launches, and does not go to the first fault. */
  launches: boolean;
  disabled: boolean;
}

/** Return what the button says and does; while something is checked it stays as it was. */
export function launchButton(
  check: Schemas['Check'] | undefined,
  sending: boolean,
  answered: boolean
): ILaunchButton {
  if (sending) {
    return { label: 'Launching…', launches: false, disabled: true };
  }
  if (!check) {
    return { label: 'Launch', launches: false, disabled: true };
  }
  if (check.faults > 0) {
    return { label: `Fix ${countOf(check.faults, 'argument')}`, launches: false, disabled: false };
  }
  const trials = check.plan?.trials ?? 0;
  return { label: `Launch ${countOf(trials, 'trial')}`, launches: true, disabled: !answered };
}

/** Return the line under the form: trials, place, GPUs, cost. */
export function factsOf(check: Schemas['Check']): string[] {
  const { plan } = check;
  if (!plan) {
    return check.fault ? [check.fault.message] : [];
  }
  const broken = check.arguments.filter(one => one.fault).map(one => one.flag ?? one.label);
  const first = broken.length
    ? `${countOf(plan.trials, 'trial')} so far · ${broken.join(', ')} not yet`
    : countOf(plan.trials, 'trial');
  const gpus = plan.gpus ? countOf(plan.gpus, 'GPU') : 'no GPU';
  const cost = plan.cost?.on_demand;
  const second = [plan.place, gpus, `${plan.at_once} at once`];
  if (cost !== null && cost !== undefined) {
    second.push(`$${cost.toFixed(2)} an hour (${plan.cost?.told ?? ''})`);
  }
  return [first, second.join(' · ')];
}
