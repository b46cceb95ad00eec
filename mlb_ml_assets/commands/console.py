"""Where commands print.

Belongs here: a console wide enough for a table when nobody looks at a terminal.
Not here: tables.
"""

from rich.console import Console

# A pipe has no width, and rich takes 80 columns for one; a slate needs 136.
_PIPE_WIDTH = 136


def wide_console() -> Console:
    """The terminal as it is; a pipe or a file as wide as the widest table."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPE_WIDTH)
