"""Categories of expenses: the firm's list of them, with what each asks for."""

from __future__ import annotations

from flask import Blueprint, Response, url_for
from flask_login import current_user

from lexapp.database import db
from lexapp.domain.errors import Conflict, Refused
from lexapp.domain.unit_rates import unit_rate_text
from lexapp.domain.utbms import EXPENSES
from lexapp.models import ExpenseCategory
from lexapp.queries.expense_categories import categories_with_use
from lexapp.services import expense_categories as service
from lexapp.web.access import current_actor, load, requires
from lexapp.web.dates import today_here
from lexapp.web.entry_forms import CodeField
from lexapp.web.filters import as_money
from lexapp.web.forms import ChoiceField, FlagField, MoneyField, TextField, sent_key
from lexapp.web.forms.versions import VersionedForm
from lexapp.web.htmx import redirect_after, render, toast

blueprint = Blueprint("expense_categories", __name__)
KINDS = (("hard", "Hard cost, paid to a third party"), ("soft", "Soft cost, our own"))
AMOUNTS = ("receipt_above_minor", "approval_above_minor")


class CategoryForm(VersionedForm):
    name = TextField("Name", longest=60, needed="Write the name of the category, such as Filing fees.")
    code = CodeField("Code", EXPENSES)
    kind = ChoiceField("Kind", choices=KINDS, default="hard")
    unit = TextField("Counted by", longest=30, hint="What one is called, such as mile. Empty: not counted")
    is_taxed = FlagField("Taxes on expenses are charged on it", default=True)
    receipt_above_minor = MoneyField("Receipt needed above", zero=True, hint="Empty: never. 0: always")
    approval_above_minor = MoneyField("Approval needed above", zero=True, hint="Empty: never. 0: always")

    def terms(self) -> service.CategoryTerms:
        """What was typed, as the service takes it. Only after validation."""
        amounts = {name: self[name].data.minor if self[name].data is not None else None for name in AMOUNTS}
        words = {name: self[name].data or "" for name in ("name", "code", "kind", "unit")}
        return service.CategoryTerms(**words, is_taxed=bool(self.is_taxed.data), **amounts)


@blueprint.get("/settings/expense-categories")
@requires("settings.edit")
def index() -> Response:
    rows = categories_with_use(db.session(), firm_id=current_actor().firm_id, on=today_here())
    rates = {row.category.id: unit_rate_text(row.rate.rate_hundredths, current_user.currency) for row in rows if row.rate}
    missing = {one.name.lower() for one in service.USUAL} - {row.category.name.lower() for row in rows}
    return render(page="expense_categories/index.html", rows=rows, rates=rates, missing=len(missing))


@blueprint.post("/settings/expense-categories/usual")
@requires("settings.edit")
def add_usual() -> Response:
    added = service.add_usual_categories(db.session(), actor=current_actor(), key=sent_key())
    toast(f"{added} categories added" if added else "They are all there already")
    return redirect_after(url_for(".index"))


@blueprint.get("/settings/expense-categories/new")
@requires("settings.edit")
def new() -> Response:
    return _form_page(CategoryForm(None), None)


@blueprint.post("/settings/expense-categories")
@requires("settings.edit")
def create() -> Response:
    form = CategoryForm()
    if form.validate_on_submit():
        try:
            service.add_expense_category(db.session(), actor=current_actor(), terms=form.terms(), key=form.key.data)
        except Refused as error:
            form.refuse(error)
        else:
            toast(f"{form.name.data} added")
            return redirect_after(url_for(".index"))
    return _form_page(form, None)


@blueprint.get("/settings/expense-categories/<int:expense_category_id>")
@requires("settings.edit")
def edit(expense_category_id: int) -> Response:
    category = load(ExpenseCategory, expense_category_id)
    return _form_page(_filled(category), category)


@blueprint.post("/settings/expense-categories/<int:expense_category_id>")
@requires("settings.edit")
def update(expense_category_id: int) -> Response:
    load(ExpenseCategory, expense_category_id)
    form, status = CategoryForm(), None
    if form.validate_on_submit():
        try:
            values = {"version": form.version_seen, "terms": form.terms(), "key": form.key.data}
            service.change_expense_category(db.session(), actor=current_actor(), expense_category_id=expense_category_id, **values)
        except Refused as error:
            form.refuse(error)
            if isinstance(error, Conflict):
                form.compare(_filled(load(ExpenseCategory, expense_category_id)))
                status = 409
        else:
            toast("Category saved. Recorded expenses keep what they were saved with.")
            return redirect_after(url_for(".index"))
    return _form_page(form, load(ExpenseCategory, expense_category_id), status)


def _filled(category: ExpenseCategory) -> CategoryForm:
    names = ("name", "code", "kind", "unit", "is_taxed", "version")
    values = {name: getattr(category, name) for name in names}
    amounts = {name: as_money(getattr(category, name)) for name in AMOUNTS if getattr(category, name) is not None}
    return CategoryForm(None, data=values | amounts)


def _form_page(form: CategoryForm, category: ExpenseCategory | None, status: int | None = None) -> Response:
    page = {"page": "expense_categories/form.html", "fragment": "expense_categories/_category_form.html"}
    return render(**page, status=status or form.status, form=form, category=category, currency=current_user.currency)


@blueprint.post("/settings/expense-categories/<int:expense_category_id>/retirement")
@requires("settings.edit")
def retire(expense_category_id: int) -> Response:
    category = load(ExpenseCategory, expense_category_id)
    service.retire_expense_category(db.session(), actor=current_actor(), expense_category_id=expense_category_id)
    toast(f"{category.name} is offered no more", undo=url_for(".bring_back", expense_category_id=expense_category_id))
    return redirect_after(url_for(".index"))


@blueprint.post("/settings/expense-categories/<int:expense_category_id>/return")
@requires("settings.edit")
def bring_back(expense_category_id: int) -> Response:
    category = load(ExpenseCategory, expense_category_id)
    service.bring_back_expense_category(db.session(), actor=current_actor(), expense_category_id=expense_category_id)
    toast(f"{category.name} is offered again")
    return redirect_after(url_for(".index"))
