/** Return the newer of two answers; what is in it as it was stays the same object, so that it is not drawn anew. */
export function keepingSame<T>(older: unknown, newer: T): T {
  if (Array.isArray(older) && Array.isArray(newer)) {
    const list = newer.map((value: unknown, place) => keepingSame<unknown>(older[place], value));
    const same = list.length === older.length && list.every((value, at) => value === older[at]);
    return (same ? older : list) as T;
  }
  if (isPlain(older) && isPlain(newer)) {
    const names = Object.keys(newer);
    const all = Object.fromEntries(
      names.map(name => [name, keepingSame(older[name], newer[name])])
    );
    const same = names.length === Object.keys(older).length && names.every(name => name in older);
    return (same && names.every(name => all[name] === older[name]) ? older : all) as T;
  }
  return newer;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
