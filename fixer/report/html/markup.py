"""Elements of HTML and SVG, escaped by construction, and the page around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

# What no HTML text may hold; sources may hold anything.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]|[\ufffe\uffff]")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def node(tag: str, *children: object, **attributes: object) -> Element:
    """An element. Children are elements, texts, None (nothing) or lists of them.

    ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``; an attribute that is None is left out.
    """
    made = Element(
        tag, {k.rstrip("_").replace("_", "-"): clean(str(v)) for k, v in attributes.items() if v is not None}
    )
    append(made, *children)
    return made


def append(parent: Element, *children: object) -> Element:
    """Add children to an element; returns it."""
    for child in children:
        if child is None:
            continue
        if isinstance(child, Element):
            parent.append(child)
        elif isinstance(child, Iterable) and not isinstance(child, str):
            append(parent, *child)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + clean(str(child))
        else:
            parent.text = (parent.text or "") + clean(str(child))
    return parent


def clean(text: str) -> str:
    """The text with what no page may hold written as an escape."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def markdown(text: str) -> Element:
    """Markdown as an element; HTML in it stays text. Headings are shown two levels deeper than they are written."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"xhtmlOut": True, "html": False}).render(clean(text))
    html = re.sub(r"<(/?)h([1-4])>", lambda found: f"<{found[1]}h{int(found[2]) + 2}>", html)
    return fromstring(f'<div class="page">{html}</div>')


def document(title: str, main: Iterable[object], head: Iterable[object], foot: str) -> str:
    """The whole page."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    page = Element("html", {"lang": "en"})
    top = SubElement(page, "head")
    SubElement(top, "meta", {"charset": "utf-8"})
    SubElement(top, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(top, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    SubElement(top, "meta", {"name": "color-scheme", "content": "light dark"})
    SubElement(top, "title").text = clean(title)
    # The serialiser writes the text of <style> as it is, as HTML wants it.
    SubElement(top, "style").text = style
    body = SubElement(page, "body")
    append(body, node("a", "Skip to the findings", href="#main", class_="skip"))
    append(body, node("header", *head), node("main", *main, id="main"), node("footer", foot))
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"
