"""What is said about texts: links, emoji, initials, matches."""

import pytest


@pytest.fixture
def text(run_js):
    """A function that calls one function of helpers/text.js."""
    return lambda name, *arguments: run_js("helpers/text.js", f"return m.{name}(...argument)", list(arguments))


@pytest.mark.parametrize(
    ("written", "links"),
    [
        ("see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]),
        ("(https://example.org/wiki/Chat_(app))", ["https://example.org/wiki/Chat_(app)"]),
        ("mail mailto:ana@example.org, please", ["mailto:ana@example.org"]),
        ("http://a.test and http://b.test", ["http://a.test", "http://b.test"]),
        ("javascript:alert(1) data:text/html,x file:///etc/passwd", []),
        ("http:// nothing, mailto:nobody", []),
        ("xhttp://example.org", []),
    ],
)
def test_only_whole_web_and_mail_addresses_are_links(text, written, links):
    pieces = text("pieces", written)
    assert [piece["href"] for piece in pieces if "href" in piece] == links
    assert "".join(piece["text"] for piece in pieces) == written


@pytest.mark.parametrize(
    ("written", "expected"), [("🎉", True), ("👩‍💻 👍🏽", True), ("🇵🇹", True), ("🎉!", False), ("12", False), ("", False), ("🎉" * 7, False)]
)
def test_a_few_emoji_alone_are_told_from_text(text, written, expected):
    assert text("isEmojiOnly", written) is expected


@pytest.mark.parametrize(("name", "expected"), [("Ana Lima", "AL"), ("ana", "A"), ("Jean-Luc van Dam", "JD"), ("ليلى حداد", "لح"), ("🎉", "?")])
def test_initials_come_from_the_first_and_the_last_word(text, name, expected):
    assert text("initials", name) == expected


def test_a_message_is_long_from_the_41st_line_on(text):
    assert text("isLong", "line\n" * 39 + "line") is False
    assert text("isLong", "line\n" * 40 + "line") is True
    assert text("isLong", "x" * 10_000) is True


def test_a_match_at_the_start_of_a_word_comes_first_and_accents_do_not_matter(text):
    assert [text("rank", "cle", name) for name in ("Cléo", "Ana Clemens", "Eucledes", "Ben")] == [0, 1, 2, -1]
