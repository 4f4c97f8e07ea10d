"""Texts in display columns: measured, made safe, cut and wrapped."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from mujun.width import display_width, printable, shorten, wrap

MIXED = st.text(st.sampled_from("金华 ab1，。（）“”;.-—…é\u0301"), max_size=60)
CLOSING = "，。；：、）”！？》"


def test_common_texts_are_measured_like_wcwidth() -> None:
    """Chinese, Latin and their signs take the columns that wcwidth gives them."""
    for code in [*range(0x20, 0x7F), *range(0xAE, 0x250), *range(0x3000, 0x302A), *range(0x4E00, 0xA000)]:
        assert display_width(chr(code)) == max(wcwidth(chr(code)), 0), hex(code)
    assert display_width("亩均税收 3.30 e\u0301") == 15


@given(text=st.text(max_size=30), keep=st.sampled_from(["", "\n", "\t\n"]))
def test_nothing_unprintable_is_left(text: str, keep: str) -> None:
    """A text made safe has no control or formatting character but those to be kept, and is as long as before."""
    found = printable(text, keep)
    assert len(found) == len(text)
    assert not [char for char in found if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in keep]
    assert all(a == b for a, b in zip(text, found, strict=True) if a.isprintable() or a in keep)


@given(text=MIXED, width=st.integers(1, 30))
def test_a_cut_text_fits_and_says_so(text: str, width: int) -> None:
    """A text that fits stays, one that does not ends in … at the width, filled as far as it goes."""
    found = shorten(text, width)
    assert display_width(found) <= width
    if display_width(text) <= width:
        assert found == text
    else:
        assert found.endswith("…")
        assert text.startswith(found[:-1])
        assert display_width(found) >= width - 1


@given(text=MIXED, width=st.integers(8, 40), indent=st.sampled_from(["", "  "]))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int, indent: str) -> None:
    """No line is wider than asked, later lines are indented, and all that was there is there but blanks."""
    lines = wrap(text, width, indent)
    assert all(display_width(line) <= width for line in lines)
    assert all(line.startswith(indent) for line in lines[1:] if line)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(text=st.text(st.sampled_from("金华亩均"), min_size=1, max_size=40), sign=st.sampled_from(CLOSING))
def test_no_line_opens_with_a_closing_sign(text: str, sign: str) -> None:
    """A comma or closing bracket stays with the word before it."""
    mixed = sign.join(text)
    assert not [line for line in wrap(mixed, 10) if line.startswith(tuple(CLOSING))]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("税收（万元）", 8, ["税收（万", "  元）"]),
        ("见 mujun classify --help 的说明", 16, ["见 mujun", "  classify", "  --help 的说明"]),
        ("a" * 20, 8, ["aaaaaa", "  aaaaaa", "  aaaaaa", "  aa"]),
        ("  缩进的一行文字", 10, ["  缩进的一", "  行文字"]),
    ],
)
def test_where_lines_break(text: str, width: int, lines: list[str]) -> None:
    """Lines break between wide characters and at blanks, and in a word only where it is wider than a line."""
    assert wrap(text, width, "  ") == lines
