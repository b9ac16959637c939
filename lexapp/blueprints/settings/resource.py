"""The blueprint that the pages of the settings share."""

from flask import Blueprint

blueprint = Blueprint("settings", __name__)
