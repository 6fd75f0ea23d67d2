"""What texts may look like."""

import pytest

from chatapp.errors import Invalid
from chatapp.rules import text

RIGHT_TO_LEFT_MARK = "\u200f"


def refused(rule, value, named, **more):
    with pytest.raises(Invalid) as found:
        rule(value, **more)
    assert list(found.value.errors) == [named]
    return found.value.errors[named]


@pytest.mark.parametrize("given", ["ana", "a1", "0x", "ana.sousa", "ana-s_2", "a" * 32])
def test_a_username_is_2_to_32_plain_characters(given):
    assert text.username(given) == given
    assert text.username(f"  {given.upper()} ") == given


@pytest.mark.parametrize("given", ["", "a", "a" * 33, ".ana", "-ana", "_ana", "an a", "ana@x", "aña", "ana\n.", "ana\0", "ａｎａ", "ana/.."])
def test_another_username_is_refused(given):
    refused(text.username, given, "username")


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("Ana@Example.ORG", "ana@example.org"),
        (" ana@localhost ", "ana@localhost"),
        ("ana+chat@example.org", "ana+chat@example.org"),
        ("ａｎａ@example.org", "ana@example.org"),
        ("josé@exämple.org", "josé@exämple.org"),
        ("a" * 242 + "@example.org", "a" * 242 + "@example.org"),
    ],
)
def test_an_address_is_judged_by_its_form_alone(given, tidy):
    assert text.email(given) == tidy


@pytest.mark.parametrize(
    "given", ["", "ana", "@example.org", "ana@", "a@b@c", "an a@example.org", "ana@exa\tmple", "ana\0@example.org", "a" * 243 + "@example.org"]
)
def test_what_is_no_address_is_refused(given):
    refused(text.email, given, "email")


@pytest.mark.parametrize(("rule", "most"), [(text.person_name, 64), (text.group_name, 100), (text.device_name, 64)])
def test_names_are_one_line_of_so_many_characters(rule, most):
    assert rule("  Ana \t\n  Sousa\u00a0 ") == "Ana Sousa"
    assert rule("é" * most) == "é" * most
    assert rule("👩‍👩‍👧 " + RIGHT_TO_LEFT_MARK + "ש") == "👩‍👩‍👧 " + RIGHT_TO_LEFT_MARK + "ש"
    for bad in ("", "  ", "é" * (most + 1), "a\0b", "a\x1bb", "a\u2028b", "a\ud800"):
        refused(rule, bad, "name")


def test_a_status_is_short_and_blank_means_none():
    assert [text.manual_status(one) for one in (None, "", "  \n ", " at  lunch ", "x" * 100)] == [None, None, None, "at lunch", "x" * 100]
    for bad in ("x" * 101, "a\0"):
        refused(text.manual_status, bad, "manual_status")


def test_a_message_keeps_its_lines_and_inner_spaces():
    assert text.message_content("\n\none\r\n\ttwo  three\rfour \n") == "one\n\ttwo  three\nfour "
    assert text.message_content("x" * 10_000) == "x" * 10_000
    assert text.message_content("\r\n" * 20_000 + "x") == "x"


@pytest.mark.parametrize("given", ["", " \n\t ", "x" * 10_001, "a\0", "a\x07", "\udfff"])
def test_an_empty_or_endless_or_unstorable_message_is_refused(given):
    refused(text.message_content, given, "content")


@pytest.mark.parametrize(
    "given",
    ["twelve chars", "correct horse battery", "пароль из слов", "日本語の長い合言葉です。ね", "x1x2x3x4x5x6" * 10 + "12345678", "            abcd"],
)
def test_a_password_may_be_any_12_to_128_characters(given):
    assert text.password(given) == given


@pytest.mark.parametrize("given", ["", "eleven char", "x" * 128, "abcdabcdabcd", "x1" * 64 + "y", "１１１１１１１１１１１１"])
def test_a_short_long_or_monotonous_password_is_refused(given):
    refused(text.password, given, "password")


def test_a_password_is_not_ones_own_name_or_address():
    personal = ("Ana Sousa Costa", "ana.sousa.costa", "ana@example.org")
    for own in personal:
        assert "guess" in refused(text.password, own.upper(), "new_password", personal=(*personal, None), field="new_password")
    assert text.password("ana@example.org!", personal=("ana@example.org",)) == "ana@example.org!"


def test_a_password_counts_in_its_composed_form_so_that_all_keyboards_agree():
    assert text.password("cafe\u0301 au lait ＋") == "café au lait +"


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\ufeff", "\u00ad"])
def test_what_is_not_seen_in_a_name_is_taken_out_of_it(hidden):
    assert text.person_name(f"{hidden}Ana{hidden} Li{hidden}ma") == "Ana Lima"
    with pytest.raises(Invalid):
        text.person_name(hidden * 3)


def test_joiners_stay_in_a_name_because_scripts_and_emoji_need_them():
    assert text.person_name("علی\u200cرضا 👩\u200d🚀") == "علی\u200cرضا 👩\u200d🚀"
