"""Who a document can be mailed to."""

from lexapp.domain.errors import InvalidInput


def no_address(name: str, then: str, *, field: str | None = None) -> InvalidInput:
    """The refusal to mail a payer without any address. It says where one goes, and what to do `then`."""
    sentence = f"{name} has no e-mail address. Add one to the client, or a contact that receives invoices, then {then}."
    return InvalidInput(sentence, field=field, code="no_address")
