/** Whether a file can stand where the script does; what the core does not run it refuses in a sentence of its own. */
export function isScript(path: string): boolean {
  return /\.(py|ipynb|sh|jl)$/.test(path);
}

/** Whether a file tells what it can be given: flags, or the parameters of a notebook. */
export function tellsFlags(path: string): boolean {
  return path.endsWith('.py') || isNotebook(path);
}

/** Whether a file is a notebook. */
export function isNotebook(path: string): boolean {
  return path.endsWith('.ipynb');
}

/** Whether a file may be a configuration of a sweep. */
export function isConfig(path: string): boolean {
  return /\.ya?ml$/.test(path);
}
