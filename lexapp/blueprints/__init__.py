"""HTTP only, one module per resource family. A module with a `blueprint` is found by itself: there is no list to keep.

A module that sets `DEVELOPMENT_ONLY = True` is registered only where `lexapp dev` runs, and in tests.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint


def every(*, development: bool) -> Iterator[Blueprint]:
    """Every blueprint of this package, in the order of its names."""
    for found in sorted(iter_modules(__path__), key=lambda module: module.name):
        module = import_module(f"{__name__}.{found.name}")
        if development or not getattr(module, "DEVELOPMENT_ONLY", False):
            yield module.blueprint
