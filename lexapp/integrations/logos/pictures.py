"""PNG and JPEG: decoded, made small enough, and written anew, so that nothing but the pixels is kept."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from lexapp.domain.errors import InvalidInput

LONGEST_SIDE = 10_000
MOST_PIXELS = 25_000_000
# Looked for by ourselves: WeasyPrint, once it is loaded, makes Pillow pass over a picture that was cut off.
_END = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
KEPT_SIZE = (1600, 800)  # enough for 70 mm at 600 dots per inch


def clean_picture(data: bytes) -> tuple[bytes, str]:
    """(bytes, media type) of the picture written anew. Its size is looked at before a pixel is decoded."""
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            _check_size(*picture.size)
            if _END[str(picture.format)] not in data:
                raise OSError("the file stops before its picture ends")
            picture.load()
            return _write(picture)
    except Image.DecompressionBombError as error:
        raise InvalidInput("The picture has far too many pixels. Save it at most 4,000 pixels wide.", field="logo") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidInput("The file cannot be read as a picture; it may be damaged. Save the logo anew.", field="logo") from error


def _check_size(width: int, height: int) -> None:
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        sentence = f"The picture is {width:,} × {height:,} pixels. Save it at most 4,000 pixels wide and high."
        raise InvalidInput(sentence, field="logo")
    if min(width, height) < 16:
        raise InvalidInput(f"The picture is only {width} × {height} pixels. Choose a larger one.", field="logo")


def _write(picture: Image.Image) -> tuple[bytes, str]:
    """A JPEG stays one; everything else becomes a PNG, with its transparency."""
    is_jpeg = picture.format == "JPEG"
    plain = picture.convert("RGB" if is_jpeg else "RGBA")
    plain.thumbnail(KEPT_SIZE, Image.Resampling.LANCZOS)
    kept = BytesIO()
    if is_jpeg:
        plain.save(kept, "JPEG", quality=92)
    else:
        plain.save(kept, "PNG", optimize=True)
    return kept.getvalue(), "image/jpeg" if is_jpeg else "image/png"
