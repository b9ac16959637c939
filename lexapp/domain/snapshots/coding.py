"""Frozen dataclasses to JSON values and back, strictly: text, integers, booleans, dates, options, tuples and other dataclasses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from lexapp.domain.errors import InvariantBroken

Record = TypeVar("Record")
_PLAIN = (str, int, bool)


def to_text(data: Mapping[str, Any]) -> str:
    """Canonical JSON text: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def encode(record: Any) -> dict[str, Any]:
    """A dataclass as a dict of JSON values."""
    kind: Any = type(record)
    names, values_of, converted = _encoding(kind)
    data = dict(zip(names, values_of(record), strict=True))
    for name in converted:
        data[name] = _encode_value(data[name])
    return data


@cache
def _encoding(kind: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], tuple[str, ...]]:
    hints = get_type_hints(kind)
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names), tuple(name for name in names if hints[name] not in _PLAIN)


def _encode_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_encode_value(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return encode(value) if is_dataclass(value) else value


def decode(kind: type[Record], data: object) -> Record:
    """The dataclass from its JSON values. Raises InvariantBroken where a name is unknown or missing, or a value has another type."""
    if not isinstance(data, Mapping):
        raise InvariantBroken(f"{kind.__name__} is stored as an object, not as {type(data).__name__}.")
    hints = _hints(cast(Any, kind))
    if unknown := data.keys() - hints.keys():
        raise InvariantBroken(f"{kind.__name__} has no {', '.join(sorted(unknown))}.")
    values = {name: _decode_value(hints[name], value, f"{kind.__name__}.{name}") for name, value in data.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise InvariantBroken(f"{kind.__name__} is incomplete: {error}.") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode_value(hint: Any, value: Any, place: str) -> Any:
    if get_origin(hint) is UnionType:
        return None if value is None else _decode_value(_without_none(hint), value, place)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_decode_value(get_args(hint)[0], item, place) for item in value)
    if is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value)
    if hint is date and isinstance(value, str):
        return _decode_date(value, place)
    if hint in _PLAIN and type(value) is hint:
        return value
    raise InvariantBroken(f"{place} cannot be {value!r}.")


def _without_none(hint: Any) -> Any:
    return next(option for option in get_args(hint) if option is not NoneType)


def _decode_date(value: str, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvariantBroken(f"{place} is not a date: {value!r}.") from error
