import type { Schemas } from '../api/client';
import { countOf, formatBytes, formatCount } from '../text/numbers';
import { trans } from '../text/trans';

const NAMED = 12;

type Detail = Schemas['TrialDetail'];

/** What was frozen, and what was not. */
export function codeLine(code: Detail['code']): string {
  const frozen = `${countOf(code.files, 'file')}, ${formatBytes(code.size)}`;
  return code.shared.length
    ? trans.__('%1 · shared, not frozen: %2', frozen, code.shared.join(', '))
    : frozen;
}

/** The commit, and whether the code was that of the commit. */
export function gitLine(git: Schemas['GitState']): string {
  const at = git.commit ?? trans.__('no commit yet');
  const where = git.branch ? `${at} (${git.branch})` : at;
  if (git.changes === null) {
    return trans.__('%1, not known whether files were changed', where);
  }
  return git.changes
    ? trans.__('%1, %2 changed', where, countOf(git.changes, 'file'))
    : trans.__('%1, nothing changed', where);
}

/** How many packages there were, and the versions of those that the script imports. */
export function packagesLine(python: Detail['python']): string {
  const total = Object.keys(python.packages).length;
  const named = python.imported
    .slice(0, NAMED)
    .map(name => `${name} ${python.packages[name] ?? ''}`)
    .join(', ');
  if (!total || !named) {
    return total ? formatCount(total) : '';
  }
  const more = python.imported.length > NAMED ? ' …' : '';
  return trans.__('%1, of which the script imports %2', formatCount(total), named + more);
}

/** A machine in one line. */
export function machineLine(machine: Schemas['MachineFacts']): string {
  const models = [...new Set(machine.gpus)];
  return [
    machine.name,
    machine.system,
    machine.cpus === null ? null : `${machine.cpus} × ${machine.cpu ?? 'CPU'}`,
    machine.memory_gb === null ? null : `${machine.memory_gb} GB`,
    ...models.map(model => `${machine.gpus.filter(one => one === model).length} × ${model}`)
  ]
    .filter(Boolean)
    .join(' · ');
}
