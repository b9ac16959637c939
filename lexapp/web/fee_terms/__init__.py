"""The terms of an agreement as a form: a section for each, added, taken out and made longer by buttons of the form itself."""

from lexapp.web.fee_terms.forms import TermsForm, asked_act, offered_kinds, terms_form, typed_terms

__all__ = ["TermsForm", "asked_act", "offered_kinds", "terms_form", "typed_terms"]
