"""A script's source, read and never run: what it imports, and the flags that it takes."""

from .mistyped import mistyped
from .model import ScriptFlag, ScriptFlags
from .reader import read_flags
from .sources import (
    MOST_FILES,
    ScriptSource,
    imported_modules,
    imports_in,
    module_files,
    parse,
    read_content,
    read_script,
    top_level_names,
)

__all__ = [
    "MOST_FILES",
    "ScriptFlag",
    "ScriptFlags",
    "ScriptSource",
    "imported_modules",
    "imports_in",
    "mistyped",
    "module_files",
    "parse",
    "read_content",
    "read_flags",
    "read_script",
    "top_level_names",
]
