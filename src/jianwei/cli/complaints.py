"""Tell what went wrong: one message in the chosen language on standard error, or one JSON object on standard output.

JSON goes to standard output because a program that asked for JSON reads one stream and gets one shape, whatever
happened.
"""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import FAILED, exit_code_of
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.errors import SettingsError

if TYPE_CHECKING:
    from jianwei.errors import JianweiError, Language

_ERROR = Both("Error: {message}", "错误：{message}")
_UNEXPECTED = Both(
    "Something unexpected went wrong: {what}. The library itself is safe. Run the same command with --debug to "
    "see where.",
    "发生意外错误：{what}。库中的数据不受影响。加上 --debug 重新运行同一条命令可查看出错位置。",
)
INTERRUPTED = Both("Interrupted.", "已中断。")


def complain(error: JianweiError, language: Language, *, as_json: bool) -> int:
    """Report an error that was raised on purpose and return its exit code."""
    if as_json:
        from jianwei.export.json_values import error_json

        write_json(error_json(error, language))
    else:
        write_error_line(_ERROR.say(language, message=error.text(language)))
    return exit_code_of(error)


def complain_of_usage(message: str, hint: str, language: Language, *, as_json: bool) -> None:
    """Report arguments that cannot be used; `hint` says where help is."""
    if as_json:
        write_json({"error": {"code": "usage", "message": message}})
    else:
        write_error_line(_ERROR.say(language, message=message))
        write_error_line(hint)


def complain_of_bug(error: Exception, language: Language, *, as_json: bool, debug: bool) -> int:
    """Report an error that nobody foresaw, with its traceback only where asked for; return the exit code."""
    if debug:
        sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return complain(_too_long(error), language, as_json=as_json)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    message = _UNEXPECTED.say(language, what=what)
    if as_json:
        write_json({"error": {"code": "unexpected", "message": message}})
    else:
        write_error_line(_ERROR.say(language, message=message))
    return FAILED


def _too_long(error: OSError) -> SettingsError:
    """Return what is told of a path that no file can have: wherever it was given, the mistake is the same."""
    path = str(error.filename or "")
    shown = f"{path[:60]}…" if len(path) > 60 else path
    return SettingsError(
        f"{shown} is too long for a path here ({len(path):,} characters). Give a shorter one: a path has up to about "
        "4,000 characters, each name in it up to 255 bytes.",
        zh=f"{shown} 作为路径太长（{len(path):,} 个字符）。请改用较短的路径：路径一般不超过 4,000 个字符，"
        "其中每个名称不超过 255 字节。",
        characters=len(path),
    )
