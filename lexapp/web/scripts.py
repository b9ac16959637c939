"""The ES modules of the desk joined into one file: each in a function of its own, in the order in which they import each other.

It knows our own style and refuses everything else: `import { a, b } from "./x.js";` on one line, and `export` before a named function,
class or constant. What is imported later, by `import("./x.js")`, stays a file of its own; its path is said anew from where the entry is.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

_IMPORT = re.compile(r'^import \{ (?P<names>\w+(?:, \w+)*) \} from "(?P<path>\.{1,2}/[^"]+)";\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE)
_LATER = re.compile(r'\bimport\("(?P<path>\.{1,2}/[^"]+)"\)')
_OTHER = re.compile(r'^\s*(?:import|export)\b.*|\bimport\s*(?:\.|\((?!"\./))', re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n?", re.MULTILINE)


def joined_modules(folder: Path, entry: str) -> str:
    """One script that does what the module `entry` does. ValueError where a module is written in another way or imports itself."""
    found: dict[str, str] = {}
    _collect(folder, entry, found, ())
    return "".join(found.values())


def _collect(folder: Path, name: str, found: dict[str, str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"modules import each other in a circle: {' → '.join((*above, name))}")
    if name in found:
        return
    text = (folder / name).read_text()
    imports = [(one["names"], normpath(join(dirname(name), one["path"]))) for one in _IMPORT.finditer(text)]
    for _, imported in imports:
        _collect(folder, imported, found, (*above, name))
    found[name] = _wrapped(name, text, imports)


def _wrapped(name: str, text: str, imports: list[tuple[str, str]]) -> str:
    """The module as a function that gives what it exports; functions keep their own names apart."""
    taken = "".join(f"const {{ {names} }} = {_variable(path)};\n" for names, path in imports)
    exported = [one["name"] for one in _EXPORT.finditer(text)]
    body = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))
    body = _LATER.sub(lambda one: f'import("./{normpath(join(dirname(name), one["path"]))}")', body)
    if other := _OTHER.search(body):
        raise ValueError(f"{name} is written in a way that cannot be joined: {other[0].strip()}")
    return f"const {_variable(name)} = (() => {{\n{taken}{body}return {{ {', '.join(exported)} }};\n}})();\n"


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
