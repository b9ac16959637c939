"""SVG: read by an allow-list of what draws, and written anew. Whatever could run, load or grow without bound is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from lexapp.domain.errors import InvalidInput

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
LARGEST_BYTES = 500_000
MOST_ELEMENTS = 3_000
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc"}
FRAMES = {"svg", "g", "defs", "linearGradient", "radialGradient", "stop", "clipPath", "use", "symbol", "style"}
DRAWN = SHAPES | FRAMES
ACTS = {"script", "foreignObject", "iframe", "animate", "animateMotion", "animateTransform", "set", "handler", "listener", "a"}
_ELSEWHERE = re.compile(r"url\s*\((?!\s*['\"]?\s*#)|@import|expression\s*\(|javascript:|\\", re.IGNORECASE)


def clean_vector(data: bytes) -> bytes:
    """The drawing as UTF-8 SVG with nothing in it but shapes. Raises InvalidInput beside `logo`."""
    if len(data) > LARGEST_BYTES:
        raise _refused(f"This SVG has {len(data) / 1000:,.0f} KB, and {LARGEST_BYTES // 1000} KB is the most")
    root = _parse(data)
    _drop_foreign(root)
    elements = list(root.iter())
    if len(elements) > MOST_ELEMENTS:
        raise _refused(f"This SVG has {len(elements):,} shapes, and {MOST_ELEMENTS:,} is the most")
    for element in elements:
        _check_element(element)
        _check_attributes(element)
    _check_repetition(root)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _refused(what: str) -> InvalidInput:
    return InvalidInput(f"{what}. Save the logo as a plain SVG, or as a PNG.", field="logo")


def _parse(data: bytes) -> ET.Element:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("This SVG is not written in UTF-8") from error
    if "<!doctype" in text.lower() and "[" in text[text.lower().index("<!doctype") :].partition(">")[0]:
        raise _refused("This SVG declares entities, which could hide anything")
    text = re.sub(r"<!doctype[^>\[]*>", "", text, count=1, flags=re.IGNORECASE)
    if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise _refused("This SVG declares entities, which could hide anything")
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 - no declaration is left, so no entity is expanded
    except (ET.ParseError, ValueError) as error:
        raise _refused("This SVG is not well-formed") from error
    if root.tag != f"{{{SVG}}}svg":
        raise _refused("This file does not begin as an SVG")
    return root


def _drop_foreign(root: ET.Element) -> None:
    """What drawing programs keep for themselves in namespaces of their own goes."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not child.tag.startswith(f"{{{SVG}}}") or _name(child) == "metadata":
                parent.remove(child)
        for name in [name for name in parent.attrib if name.startswith("{") and name != f"{{{XLINK}}}href"]:
            del parent.attrib[name]


def _name(element: ET.Element) -> str:
    return element.tag.partition("}")[2]


def _check_element(element: ET.Element) -> None:
    name = _name(element)
    if name in ACTS:
        raise _refused(
            "This SVG holds a script or something else that acts" if name == "script" else f"This SVG holds <{name}>, which acts"
        )
    if name not in DRAWN:
        raise _refused(f"This SVG holds <{name}>, which is not printed here")
    if name == "style" and _ELSEWHERE.search(element.text or ""):
        raise _refused("This SVG loads something from outside the file")


def _check_attributes(element: ET.Element) -> None:
    for name, value in element.attrib.items():
        if name.lower().startswith("on"):
            raise _refused("This SVG holds a script")
        is_link = name == "href" or name == f"{{{XLINK}}}href"
        if (is_link and not value.strip().startswith("#")) or (not is_link and _ELSEWHERE.search(value)):
            raise _refused("This SVG loads something from outside the file")


def _check_repetition(root: ET.Element) -> None:
    """A part that is repeated may not itself repeat parts: ten levels of ten are ten thousand million shapes."""
    repeated = {target for element in _uses(root) if (target := _target(element))}
    for element in root.iter():
        if element.get("id") in repeated and any(True for _ in _uses(element)):
            raise _refused("This SVG repeats parts within parts")
        if _name(element) == "clipPath" and any("clip-path" in str(inner.attrib) for inner in element.iter()):
            raise _refused("This SVG cuts its shapes with shapes that are cut themselves")


def _uses(element: ET.Element) -> Iterator[ET.Element]:
    return (inner for inner in element.iter() if _name(inner) == "use")


def _target(use: ET.Element) -> str:
    return (use.get("href") or use.get(f"{{{XLINK}}}href") or "").strip().removeprefix("#")
