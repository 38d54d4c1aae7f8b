"""Entry point of `jianwei`: Ctrl-C is told in a line from the first import on.

What the command line needs takes tenths of a second to import, in which somebody who mistyped presses Ctrl-C. So this
module imports nothing that Python has not loaded by itself.
"""

from __future__ import annotations

import os
import sys


def run() -> None:
    """Run `jianwei` with the arguments of the process and leave it with the exit code."""
    try:
        from jianwei.cli import command_line

        command_line.run()
    except KeyboardInterrupt:  # outside of what a command does: inside it the command tells what became of its work
        _tell_of_the_interruption()


def _tell_of_the_interruption() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end has begun
    from jianwei.cli.complaints import INTERRUPTED
    from jianwei.cli.exit_codes import INTERRUPTED as INTERRUPTED_CODE
    from jianwei.cli.language import choose_language
    from jianwei.cli.session import write_error_line

    write_error_line(INTERRUPTED.say(choose_language(sys.argv[1:], os.environ)))
    sys.exit(INTERRUPTED_CODE)
