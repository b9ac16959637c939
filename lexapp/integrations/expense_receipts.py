"""An uploaded receipt made into one that may be kept and shown: a picture is decoded and written anew, a PDF is kept as it came."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from lexapp.domain.errors import InvalidInput

__all__ = ["LARGEST_UPLOAD_BYTES", "clean_receipt"]

LARGEST_UPLOAD_BYTES = 15_000_000
MOST_PIXELS = 60_000_000
KEPT_SIZE = (2200, 2200)
_PICTURES, _PDF = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"), b"%PDF-"
_HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")
_END = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
FIELD = "receipt"


def clean_receipt(data: bytes) -> tuple[bytes, str]:
    """(bytes to keep, their media type) of an uploaded JPEG, PNG or PDF, told by its content and never by its name.

    Pictures lose what the camera wrote into them (the place, the owner) and are turned upright. Raises InvalidInput beside `receipt`.
    """
    if not data:
        raise InvalidInput("The file is empty. Choose another one.", field=FIELD)
    if len(data) > LARGEST_UPLOAD_BYTES:
        most = LARGEST_UPLOAD_BYTES // 1_000_000
        raise InvalidInput(f"The file has {len(data) / 1_000_000:.1f} MB. Choose one of at most {most} MB.", field=FIELD)
    if data.startswith(_PICTURES):
        return _picture(data)
    if data.startswith(_PDF) and b"%%EOF" in data[-2048:]:
        return data, "application/pdf"
    if data[4:12] in _HEIC:
        sentence = "HEIC pictures cannot be read here. Let the phone take JPEG (Camera, Formats, Most Compatible), or send a screenshot."
        raise InvalidInput(sentence, field=FIELD)
    raise InvalidInput("This is neither a JPEG, a PNG nor a PDF. Take the picture anew, or save it as one of these.", field=FIELD)


def _picture(data: bytes) -> tuple[bytes, str]:
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidInput("The picture has too many pixels. Take it with a lower resolution.", field=FIELD)
            if _END[str(picture.format)] not in data:
                raise OSError("the file stops before its picture ends")
            picture.load()
            return _upright(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput("The file cannot be read as a picture; it may be damaged. Take the picture anew.", field=FIELD) from error


def _upright(picture: Image.Image) -> tuple[bytes, str]:
    plain = ImageOps.exif_transpose(picture).convert("RGB")
    plain.thumbnail(KEPT_SIZE, Image.Resampling.LANCZOS)
    kept = BytesIO()
    plain.save(kept, "JPEG", quality=85)
    return kept.getvalue(), "image/jpeg"
