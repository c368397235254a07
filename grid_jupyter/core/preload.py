"""What a script imports at its top from installed packages: what ``--warm`` imports once for all trials.

Sources are read, never run. What a module of the project imports at its top counts where the script would come to it,
so the imports stand in the order in which the script would do them.
"""

from __future__ import annotations

import ast
import os
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .notebooks import SUFFIX
from .script import MOST_FILES, imported_modules, module_files, parse, read_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CHANGING_CALLS = frozenset(
    ("addsitedir", "chdir", "filterwarnings", "load_dotenv", "putenv", "simplefilter", "unsetenv")
)


@dataclass(frozen=True)
class ImportLine:
    """An import of an installed package, as it stands in the source.

    Attributes:
        file: The source.
        line: Its line, from 1.
        module: What the source is to Python: ``__main__`` for the script.
        text: The statement.
    """

    file: str
    line: int
    module: str
    text: str


@dataclass(frozen=True)
class Preload:
    """What can be imported ahead of a script.

    Attributes:
        imports: The imports, in the script's order.
        names: The top-level names of the project's own modules.
        unfit: Why there is nothing to import.
    """

    imports: tuple[ImportLine, ...] = ()
    names: tuple[str, ...] = ()
    unfit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the imports and names as plain JSON."""
        return {"imports": [asdict(line) for line in self.imports], "names": self.names}


def find_preload(script: Path, search: Sequence[Path] = (), content: bytes | None = None) -> Preload:
    """Return what can be imported ahead of a script.

    It ends with the first statement that may change what an import does or finds: one that sets environment
    variables, for example.

    Args:
        script: The script.
        search: The project's folders that Python looks into for modules, besides the script's own.
        content: The script's source, where it is no file yet.
    """
    if script.suffix == SUFFIX:
        return Preload(unfit=f"{script.name} is executed by a kernel of its own")
    if script.suffix != ".py":
        return Preload(unfit=f"{script.name} is not a Python script")
    bases = [script.parent, *search]
    try:
        tree = parse(read_content(script) if content is None else content)
    except SyntaxError as error:
        return Preload(unfit=f"{script.name}, line {error.lineno or 1}: {error.msg}")
    walk = _Walk(bases)
    walk.run(script, tree)
    if walk.imports:
        return Preload(tuple(walk.imports), tuple(sorted(_module_names(bases))))
    if walk.changed:
        return Preload(unfit=f"{walk.changed} changes the environment or sys.path before packages are imported")
    return Preload(unfit=f"{script.name} imports no installed package at its top")


class _Walk:
    """Goes through the top-level statements of the script and the project's modules, as Python would."""

    def __init__(self, bases: Sequence[Path]) -> None:
        self.imports: list[ImportLine] = []
        self.changed = ""
        self._bases = bases
        self._seen: set[Path] = set()
        self._pending: list[tuple[Path, str, Iterator[ast.stmt]]] = []

    def run(self, script: Path, tree: ast.Module) -> None:
        self._seen.add(script)
        self._pending.append((script, "__main__", iter(tree.body)))
        while self._pending and not self.changed:
            file, module, statements = self._pending[-1]
            statement = next(statements, None)
            if statement is None:
                self._pending.pop()
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                self._take(statement, file, module)
            elif _may_change_imports(statement):
                self.changed = f"{file.name}, line {statement.lineno},"

    def _take(self, statement: ast.Import | ast.ImportFrom, file: Path, module: str) -> None:
        """Take what is installed, and put the project's modules before what is still to be read."""
        below: list[Path] = []
        for part in _parts(statement):
            found = [
                path for where in imported_modules(part, file.parent, self._bases) for path in module_files(*where)
            ]
            if found:
                below += found
            elif _is_installed(part):
                self.imports.append(ImportLine(str(file), part.lineno, module, ast.unparse(part)))
        for path in reversed(list(dict.fromkeys(below))):
            self._read(path)

    def _read(self, file: Path) -> None:
        if file in self._seen or len(self._seen) >= MOST_FILES:
            return
        self._seen.add(file)
        try:
            self._pending.append((file, file.stem, iter(parse(read_content(file)).body)))
        except SyntaxError:
            return


def _parts(statement: ast.Import | ast.ImportFrom) -> Iterator[ast.Import | ast.ImportFrom]:
    """One statement for each module: ``import a, b`` are two."""
    if isinstance(statement, ast.ImportFrom):
        yield statement
    else:
        yield from (ast.copy_location(ast.Import([alias]), statement) for alias in statement.names)


def _is_installed(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether what it names comes neither with Python nor from the project."""
    if isinstance(statement, ast.ImportFrom):
        name = "" if statement.level else statement.module or ""
    else:
        name = statement.names[0].name
    return bool(name) and name.partition(".")[0] not in sys.stdlib_module_names | {"__main__"}


def _may_change_imports(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return False
    return any(_changes_imports(node) for node in ast.walk(statement))


def _changes_imports(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) | ast.AugAssign(target=value):
            return _name(value) == "environ"
        case ast.Call(func=ast.Attribute(value=value, attr="clear" | "pop" | "setdefault" | "update")):
            return _name(value) == "environ"
        case ast.Call(func=called):
            return _name(called) in _CHANGING_CALLS
        case ast.Attribute(value=ast.Name(id="sys"), attr="meta_path" | "modules" | "path"):
            return True
    return False


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _module_names(folders: Sequence[Path]) -> Iterator[str]:
    """The top-level names that can be imported from folders."""
    for folder in dict.fromkeys(folders):
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            name, dot, suffix = entry.name.partition(".")
            module = dot and suffix.endswith(("py", "so"))
            package = os.path.exists(f"{entry.path}/__init__.py")  # noqa: PTH110
            if (module or package) and name.isidentifier() and name != "__main__":
                yield name
