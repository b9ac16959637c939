"""Who sends the invoice, who receives it, and how it is paid."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The firm as its paper showed it on the day of issue. `tax_id` is the LEDES LAW_FIRM_ID."""

    name: str
    tagline: str = ""
    address_lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """The client or the payer: both stand on every invoice, also when they are the same."""

    number: str
    name: str
    attention: str = ""
    address_lines: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A line such as "Routing" / "000 123 456"."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PaymentInstructions:
    """One way of paying into one bank account; operating and trust each have their own and never share a block."""

    bank_name: str = ""
    account_lines: tuple[LabelledText, ...] = ()
    reference: str = ""
    link: str = ""
    cheque_payee: str = ""
    note: str = ""
