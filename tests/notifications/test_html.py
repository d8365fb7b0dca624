"""A plain text as a simple, accessible page that loads nothing."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.html import html_of
from tests.notifications.conftest import PATIENT

VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a reader sees; refuses what is not well nested."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said = ""
        self.links: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.said += "\n"
        if tag == "a":
            self.links.append((dict(attrs)["href"] or "", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.said += {"p": "\n\n", "li": "\n", "ul": "\n"}.get(tag, "")

    def handle_data(self, data: str) -> None:
        if "body" not in self.open:
            return
        self.said += data
        if "a" in self.open:
            href, words = self.links[-1]
            self.links[-1] = (href, words + data)


def page(text: str, title: str = "Zugesagt") -> Page:
    return Page(html_of(text, title=title, language="de"))


def test_paragraphs_and_lines_stay_what_they_are() -> None:
    html = html_of("Guten Tag,\n\nWann:    Dienstag\nOrt:     Rathaus\n\n\nBis bald\n", title="Zugesagt", language="de")
    assert html.count("<p>") == 3
    assert "<p>Wann: Dienstag<br>\nOrt: Rathaus</p>" in html


def test_dashes_are_a_list() -> None:
    html = html_of("Was hilft:\n- Per Telefon.\n- Ein Gerät.\n\nGrüße\n", title="x", language="de")
    assert "<p>Was hilft:</p>\n<ul>\n<li>Per Telefon.</li>\n<li>Ein Gerät.</li>\n</ul>\n<p>Grüße</p>" in html


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://pool.example/o/abc", "https://pool.example/o/abc"),
        ("Hier: https://pool.example/o/abc.", "https://pool.example/o/abc"),
        ("(https://pool.example/o/abc), oder", "https://pool.example/o/abc"),
        ("http://pool.example/?a=1&b=2#c", "http://pool.example/?a=1&b=2#c"),
        ("https://pool.example/a_(b)", "https://pool.example/a_(b)"),
        ('https://pool.example/"onclick=', "https://pool.example/"),
    ],
)
def test_addresses_can_be_followed(text: str, link: str) -> None:
    assert page(text).links == [(link, link)]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "https://", "file:///etc/passwd", "Ort: Rathaus"]
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert page(text).links == []


words = st.lists(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
        st.sampled_from("\n\n -<>&\"'äعم"),
        st.sampled_from(
            ["https://pool.example/", "</p>", "<script>x()</script>", "<img src=x onerror=y>", "\n- ", "&amp;"]
        ),
    ),
    max_size=80,
).map("".join)


@PATIENT
@given(words, words)
@example("<script>alert(1)</script>", "</title><script>")
@example('"><img src=https://evil.example/x.png>', "&lt;")
def test_every_word_is_said_and_nothing_is_loaded_or_run(text: str, title: str) -> None:
    read = page(text, title)
    said = (line.removeprefix("- ") for line in text.split("\n"))
    assert "".join(read.said.split()) == "".join("".join(said).split())
    assert {tag for tag, _ in read.tags} <= {"html", "head", "meta", "title", "body", "p", "br", "ul", "li", "a"}
    for tag, attributes in read.tags:
        allowed = {"html": {"lang"}, "a": {"href"}, "body": {"style"}, "meta": {"charset", "name", "content"}}
        assert set(attributes) <= allowed.get(tag, set())
        assert "url(" not in (attributes.get("style") or "")
        if tag == "a":
            assert (attributes["href"] or "").startswith(("https://", "http://"))


def test_a_page_has_a_language_a_title_and_fits_a_phone() -> None:
    read = page("Hallo", "Ihr Termin & mehr")
    assert ("html", {"lang": "de"}) in read.tags
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in read.tags
    assert "<title>Ihr Termin &amp; mehr</title>" in html_of("Hallo", title="Ihr Termin & mehr", language="de")
