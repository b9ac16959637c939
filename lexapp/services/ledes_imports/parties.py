"""Clients, matters and timekeepers of a file: used where they exist, made where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from lexapp.domain.ledes import LedesInvoice, LedesLine
from lexapp.models import Client, Matter, Rate, Timekeeper
from lexapp.services.ledes_imports.work import Import


def make_clients(work: Import, invoices: Sequence[LedesInvoice]) -> None:
    numbers = list(dict.fromkeys(invoice.client_id for invoice in invoices))
    mine = select(Client).where(Client.firm_id == work.firm.id, Client.number.in_(numbers))
    work.clients = {client.number: client for client in work.session.scalars(mine)}
    for number in numbers:
        if number not in work.clients:
            client = Client(firm_id=work.firm.id, number=number, name=f"Client {number}", created_at=work.command.at)
            work.clients[number] = client
            work.session.add(client)
            work.counts.clients += 1
    work.session.flush()


def make_matters(work: Import, invoices: Sequence[LedesInvoice]) -> None:
    numbers = list(dict.fromkeys(invoice.law_firm_matter_id for invoice in invoices))
    mine = select(Matter).where(Matter.firm_id == work.firm.id, Matter.number.in_(numbers))
    work.matters = {matter.number: matter for matter in work.session.scalars(mine)}
    for invoice in invoices:
        matter = work.matters.get(invoice.law_firm_matter_id) or _new_matter(work, invoice)
        if matter.client_id != work.clients[invoice.client_id].id:
            message = f"Matter {matter.number} belongs to another client here. Correct the number in the file or the matter."
            work.refuse(invoice.lines[0], "LAW_FIRM_MATTER_ID", message)


def _new_matter(work: Import, invoice: LedesInvoice) -> Matter:
    client = work.clients[invoice.client_id]
    matter = Matter(
        firm_id=work.firm.id,
        client_id=client.id,
        number=invoice.law_firm_matter_id,
        name=invoice.description or f"Matter {invoice.law_firm_matter_id}",
        client_matter_number=invoice.client_matter_id,
        opened_on=min(line.on for line in invoice.lines),
        created_at=work.command.at,
    )
    work.session.add(matter)
    work.session.flush()
    work.matters[matter.number] = matter
    work.counts.matters += 1
    return matter


def make_timekeepers(work: Import, lines: Sequence[LedesLine]) -> None:
    fees = [line for line in lines if line.timekeeper_id]
    mine = select(Timekeeper).where(Timekeeper.firm_id == work.firm.id, Timekeeper.code.in_({line.timekeeper_id for line in fees}))
    work.timekeepers = {timekeeper.code: timekeeper for timekeeper in work.session.scalars(mine)}
    for line in sorted(fees, key=lambda line: line.on):
        if line.timekeeper_id not in work.timekeepers:
            _new_timekeeper(work, line)
    work.session.flush()


def _new_timekeeper(work: Import, line: LedesLine) -> None:
    """A timekeeper with the rate of their first line as their own rate from that day on."""
    surname, _, first = line.timekeeper_name.partition(",")
    name = f"{first.strip()} {surname.strip()}".strip() or line.timekeeper_id
    timekeeper = Timekeeper(
        firm_id=work.firm.id,
        code=line.timekeeper_id,
        name=name,
        initials="".join(word[0] for word in name.split())[:4].upper(),
        classification=line.timekeeper_classification,
        created_at=work.command.at,
    )
    work.session.add(timekeeper)
    work.session.flush()
    rate = work.minor(line, "LINE_ITEM_UNIT_COST", line.unit_cost)
    work.session.add(
        Rate(
            firm_id=work.firm.id,
            level="timekeeper",
            timekeeper_id=timekeeper.id,
            rate_minor_per_hour=rate,
            effective_from=line.on,
            created_at=work.command.at,
            created_by_user_id=work.command.actor.user_id,
        )
    )
    work.timekeepers[timekeeper.code] = timekeeper
    work.counts.timekeepers += 1
