"""The application for a test, without what every application would compile anew: its templates, its addresses and its statements."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, engine_from_config
from werkzeug.routing import Rule

from lexapp import create_app
from lexapp.config import Settings
from lexapp.database import db

BUILDERS: dict[Hashable, Callable[..., tuple[str, str]]] = {}
ENGINES: dict[str, Engine] = {}
COMPILED_RULES: dict[Hashable, dict[str, Any]] = {}
compile_builder, compile_rule = Rule._compile_builder, Rule.compile


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates in memory; Jinja itself compares them with their source."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


def kept_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What makes addresses of a rule: compiled from its parts and defaults alone, so that rules that are written alike may share it."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = compile_builder(rule, append_unknown)
    return BUILDERS[key]


def kept_compile(rule: Rule) -> None:
    """The parts of a rule, from one that is written alike and is bound to a map that reads its arguments by the same classes."""
    bound = rule.map
    assert bound is not None
    readers = tuple(bound.converters.items())
    key = (rule.rule, repr(rule.defaults), rule.subdomain, rule.host, bound.host_matching, rule.merge_slashes, readers)
    if key not in COMPILED_RULES:
        compile_rule(rule)
        COMPILED_RULES[key] = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
        return
    vars(rule).update(COMPILED_RULES[key])
    rule._build = rule._compile_builder(False).__get__(rule, None)
    rule._build_unknown = rule._compile_builder(True).__get__(rule, None)


def kept_engine(bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    """One engine for each database: it keeps the statements that it has compiled."""
    key = repr(sorted(options.items(), key=str))
    if key not in ENGINES:
        ENGINES[key] = engine_from_config(options, prefix="")
    return ENGINES[key]


Rule.compile = kept_compile  # type: ignore[method-assign]
Rule._compile_builder = kept_builder  # type: ignore[method-assign]
db._make_engine = kept_engine  # type: ignore[method-assign]


def make_app(settings: Settings) -> Flask:
    """`create_app`, quickly."""
    application = create_app(settings)
    application.jinja_env.bytecode_cache = COMPILED
    return application
