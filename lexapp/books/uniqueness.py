"""A name or number that somebody else takes in the same moment: refused like one that was taken before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from lexapp.domain.errors import Refused


@contextmanager
def taken_meanwhile(constraint: str, refusal: Refused) -> Iterator[None]:
    """Turn the violation of one named unique constraint into a refusal.

    Only PostgreSQL runs commands side by side, so only there can the check before the insert be overtaken.
    """
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        if diagnosis is not None and diagnosis.constraint_name == constraint:
            raise refusal from error
        raise
