"""Text of others, made harmless for a terminal.

Belongs here: writing control characters out.
Not here: markup of a page (templates escape it) or of rich (its Text takes none).
"""


def escape_controls(text: str) -> str:
    r"""`text` with what would move a terminal's cursor or change its title written as \xNN; lines and tabs remain."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode()
        for letter in text
    )
