/** Whether a file can stand where the script does; what the core does not run it refuses in a sentence of its own. */
export function isScript(path: string): boolean {
  return /\.(py|ipynb|sh|jl)$/.test(path);
}

/** Whether a file may be a configuration of a sweep. */
export function isConfig(path: string): boolean {
  return /\.ya?ml$/.test(path);
}
