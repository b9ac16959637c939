"""The modules of the desk in one file: the same behaviours are bound, and what could not be joined is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lexapp.web.assets import FOLDER, joined_script
from lexapp.web.scripts import joined_modules

NODE = shutil.which("node") or ""
MAIN = """\
import { add, seen } from "./add.js";
import { twice } from "./twice.js";
const last = 3;
console.log(add(last), twice(last), seen.length);
"""
ADD = """\
// says that it runs
export const seen = [];
seen.push(1);
const last = 1;
export function add(one) {
  return one + last;
}
"""
TWICE = """\
import { add, seen } from "./add.js";
const last = 2;
export const twice = (one) => add(one) * last * seen.length;
"""


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_every_module_of_the_desk_is_in_it_once_with_all_that_it_exports():
    joined = joined_script().decode()
    modules = sorted((FOLDER / "js" / "behaviours").glob("*.js"))
    assert len(modules) > 15
    for path in modules:
        assert joined.count(f"const $behaviours_{path.stem} = (() => {{") == 1
        for name in re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", path.read_text(), re.MULTILINE):
            assert re.search(rf"^return {{ .*\b{name}\b.* }};$", joined, re.MULTILINE)
    assert not re.search(r"^\s*(import|export)\b", joined, re.MULTILINE)


def test_names_are_kept_apart_and_each_module_runs_once(tmp_path: Path):
    folder = write(tmp_path, main=MAIN, add=ADD, twice=TWICE)
    joined = joined_modules(folder, "main.js")
    assert "says that" not in joined
    order = [joined.index(f"const ${name} =") for name in ("add", "twice", "main")]
    assert order == sorted(order)
    assert joined.count("seen.push(1)") == 1
    if NODE:
        told = subprocess.run([NODE, "--input-type=module", "-"], input=joined, capture_output=True, text=True, check=True)
        assert told.stdout.split() == ["4", "8", "1"]


def test_what_is_imported_later_is_found_from_the_joined_file(tmp_path: Path):
    (tmp_path / "parts").mkdir()
    write(tmp_path, main='import { later } from "./parts/later.js";\nlater();\n')
    write(tmp_path / "parts", later='export async function later() {\n  return await import("../phone/store.js");\n}\n')
    assert 'await import("./phone/store.js")' in joined_modules(tmp_path, "main.js")


def test_the_desk_imports_later_only_what_is_there():
    found = re.findall(r'\bimport\("([^"]+)"\)', joined_script().decode())
    assert found
    assert all((FOLDER / "js" / path).is_file() for path in found)


@pytest.mark.parametrize(
    "text",
    [
        'import add from "./add.js";\n',
        'import * as add from "./add.js";\n',
        'import { add as plus } from "./add.js";\n',
        'import "./add.js";\n',
        "export default 3;\n",
        "const one = 1;\nexport { one };\n",
        "export let one = 1;\n",
        "const add = await import(name);\n",
        "console.log(import.meta.url);\n",
    ],
)
def test_another_way_of_importing_or_exporting_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ValueError, match="cannot be joined"):
        joined_modules(write(tmp_path, main=text, add="export const add = 1;\n"), "main.js")


def test_a_circle_is_refused(tmp_path: Path):
    one, two = ('import {{ {0} }} from "./{0}.js";\nexport const {1} = 1;\n'.format(*pair) for pair in (("two", "one"), ("one", "two")))
    with pytest.raises(ValueError, match=r"one\.js → two\.js → one\.js"):
        joined_modules(write(tmp_path, one=one, two=two), "one.js")
