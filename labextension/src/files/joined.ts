type Json = Record<string, unknown>;

/**
 * Join the lines of a notebook as it lies on disk, where a long text may be a list of lines.
 *
 * Jupyter Server does so for the notebooks that it serves, and Lab relies on it.
 */
export function joined(notebook: unknown): unknown {
  return isObject(notebook) ? { ...notebook, cells: each(notebook['cells'], cell) } : notebook;
}

function cell(found: Json): Json {
  return {
    ...found,
    source: text(found['source']),
    ...('outputs' in found ? { outputs: each(found['outputs'], output) } : {}),
    ...(isObject(found['attachments'])
      ? { attachments: mapped(found['attachments'], bundle => bundleOf(bundle)) }
      : {})
  };
}

function output(found: Json): Json {
  return {
    ...found,
    ...('text' in found ? { text: text(found['text']) } : {}),
    ...('data' in found ? { data: bundleOf(found['data']) } : {})
  };
}

function bundleOf(found: unknown): unknown {
  return isObject(found)
    ? mapped(found, (value, type) => (/[/+]json$/.test(type) ? value : text(value)))
    : found;
}

function text(value: unknown): unknown {
  return Array.isArray(value) && value.every(line => typeof line === 'string')
    ? value.join('')
    : value;
}

function each(list: unknown, change: (item: Json) => Json): unknown {
  return Array.isArray(list)
    ? list.map((item: unknown) => (isObject(item) ? change(item) : item))
    : list;
}

function mapped(found: Json, change: (value: unknown, key: string) => unknown): Json {
  return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, change(value, key)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
