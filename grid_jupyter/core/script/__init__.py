"""A script's source, read and never run: what it imports, and the flags that it takes."""

from .flags import read_flags
from .imports import imported_modules, imports_in, module_files, parse, top_level_names
from .mistyped import mistyped, speaks_of
from .model import ScriptFlag, ScriptFlags
from .sources import MOST_FILES, ScriptSource, read_content, read_script

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
    "speaks_of",
    "top_level_names",
]
