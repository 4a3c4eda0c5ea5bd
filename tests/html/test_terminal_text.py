"""What a terminal shows in the end, with its colours, as HTML."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.html.streams import terminal_html

E = "\x1b["


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("a <b>\r\nc", "a &lt;b&gt;\nc"),
        ("50%\r100%\n", "100%\n"),
        ("abc\rX\n", "Xbc\n"),
        ("ab\b\bc", "c"),
        ("one\ntwo\x1b[A\rONE", "ONE\ntwo"),
        (f"one\ntwo{E}FX", "Xne\ntwo"),
        (f"a{E}5Ab{E}2Ec", "ab\nc"),
        (f"one\ntwo{E}1A{E}1Bx", "one\ntwox"),
        (f"abc{E}2DX{E}2CY", "aXc Y"),
        (f"abc{E}GX", "Xbc"),
        (f"abc{E}2G{E}K", "a"),
        (f"abcd{E}2G{E}1K", "  cd"),
        (f"abc{E}2K.", "   ."),
        (f"abc\ndef{E}A{E}1G{E}J.", "."),
        (f"abc\ndef{E}2J.", "\n   ."),
        (f"abc{E}?25l{E}3Jd", "abcd"),
        (f"{E}31mred{E}0m.", '<span class="ansi-red-fg">red</span>.'),
        (f"{E}31mred\n{E}mx", '<span class="ansi-red-fg">red</span>\nx'),
        (f"\r{E}1;92;44mx", '<span class="ansi-bold ansi-bright-green-fg ansi-blue-bg">x</span>'),
        (f"{E}31;39;41;49;1;22mx", "x"),
        (f"{E}1;3;4;9;23;24;29mx", '<span class="ansi-bold">x</span>'),
        (f"{E}103mx", '<span class="ansi-bright-yellow-bg">x</span>'),
        (f"{E}7mx", '<span class="ansi-inverse-ground ansi-inverse-ink">x</span>'),
        (f"{E}7;31;42mx", '<span class="ansi-green-fg ansi-red-bg">x</span>'),
        (f"{E}38;5;1mx", '<span class="ansi-red-fg">x</span>'),
        (f"{E}38;5;9mx", '<span class="ansi-bright-red-fg">x</span>'),
        (f"{E}38;5;255mx", '<span style="color:rgb(238,238,238)">x</span>'),
        (f"{E}48;5;196mx", '<span style="background-color:rgb(255,0,0)">x</span>'),
        (f"{E}38:2:1:2:999mx", '<span style="color:rgb(1,2,255)">x</span>'),
        (f"{E}38;5mx", '<span class="ansi-black-fg">x</span>'),
        (f"{E}38mx{E}58mx", "xx"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b(Bx", "x"),
        (f"x{E}31m", "x"),
        (f"\rx{E}5ny", "xy"),
        (
            "see https://example.org/?a&b. <",
            'see <a href="https://example.org/?a&amp;b" rel="noopener">https://example.org/?a&amp;b</a>. &lt;',
        ),
    ],
)
def test_what_is_left_is_shown(printed: str, shown: str) -> None:
    assert terminal_html(printed) == shown


def test_a_cursor_that_is_sent_far_away_takes_no_memory() -> None:
    assert len(terminal_html(f"\r{E}99999999Cx{E}99999999By")) < 300_000
