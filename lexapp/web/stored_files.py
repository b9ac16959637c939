"""Files out of storage, as answers."""

from io import BytesIO

from flask import Response, current_app, send_file

from lexapp.config import Settings
from lexapp.integrations.logos import logo_type
from lexapp.integrations.storage import Storage, open_storage
from lexapp.models import StoredDocument


def storage() -> Storage:
    """The storage of this installation, opened at its first use."""
    kept = current_app.extensions
    if "storage" not in kept:
        settings: Settings = kept["settings"]
        kept["storage"] = open_storage(settings.storage_url)
    opened: Storage = kept["storage"]
    return opened


def send_document(document: StoredDocument, *, download: bool = False, name: str | None = None) -> Response:
    """The file, checked against its hash: shown in the browser, or with `download` saved; under its name, or under another."""
    data = storage().get(document.sha256, firm_id=document.firm_id)
    response = send_file(BytesIO(data), mimetype=document.media_type, as_attachment=download, download_name=name or document.file_name)
    response.headers["Cache-Control"] = "no-store"
    return response


# A picture is shown inside pages only. Opened by itself it is a stranger's page: nothing in it runs or loads.
_PICTURE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def send_receipt(document: StoredDocument) -> Response:
    """The picture of a receipt, shown; a PDF that somebody sent is saved, never opened beside our own pages."""
    response = send_document(document, download=document.media_type == "application/pdf")
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    return response


def send_logo(digest: str, *, firm_id: int) -> Response:
    """A firm's logo out of storage, checked against its hash."""
    data = storage().get(digest, firm_id=firm_id)
    response = send_file(BytesIO(data), mimetype=logo_type(data))
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    return response
