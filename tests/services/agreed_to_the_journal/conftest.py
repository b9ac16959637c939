"""Every structure of fees, from a sentence of the engagement letter to the journal."""

from tests.engagements import letter

__all__ = ["letter"]
