"""``python -m kerasarchive`` is ``kav``. What needs no imports is answered without; whatever goes wrong is one line."""

from __future__ import annotations

import sys

from kerasarchive._version import __version__

TYPE_CHECKING = False  # `kav --version` is to cost no more than Python itself
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run kav with `arguments` (default: the command line) and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] in (["--version"], ["-V"]):
        _leave(f"kav {__version__}\n")
    if given[:1] in (["--help"], ["-h"]):
        from kerasarchive.cli._overview import overview

        _leave(overview())
    try:
        code = run(given)
    except KeyboardInterrupt:
        sys.stderr.write("kav: interrupted\n")
        code = INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        code = 0
    except Exception as error:
        code = _fail(given, error)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of a command; 2 after a usage error, which click has explained on stderr."""
    import click

    from kerasarchive.cli._group import GROUP

    try:
        result = GROUP.main(arguments, "kav", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(error.format_message() + "\n")
        return 2
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0


def _leave(text: str) -> None:
    sys.stdout.write(text)
    sys.exit(0)


def _fail(arguments: list[str], error: Exception) -> int:
    """The last resort: one line on stderr, a report on stdout where a program waits for one, the traceback with -v."""
    from kerasarchive import reports
    from kerasarchive._failure import failure_finding
    from kerasarchive.model.report import Report, Subject
    from kerasarchive.reports._escape import safe

    finding = failure_finding(error)
    where = f"{finding.location}: " if str(finding.location) else ""
    what = "internal error: " if finding.name == "internal-error" else ""
    hint = f" ({finding.remedy})" if finding.remedy else ""
    sys.stderr.write(safe(f"kav: {what}{where}{finding.message}{hint}") + "\n")
    if {"-v", "--verbose"} & set(arguments):
        import traceback

        traceback.print_exception(error)
    asked = _format_of(arguments)
    if asked in ("json", "jsonl"):
        command = next((word for word in arguments if word.isalpha()), "kav")
        report = Report(command, (Subject("", "failed", findings=(finding,)),), 2)
        sys.stdout.write(reports.render(report, asked))
    return 2


def _format_of(arguments: list[str]) -> str:
    for number, word in enumerate(arguments):
        if word == "--format" and number + 1 < len(arguments):
            return arguments[number + 1]
        if word.startswith("--format="):
            return word.partition("=")[2]
    return "text"


def _forget_stdout() -> None:
    """The reader of a pipe left: what Python would still flush goes nowhere instead of into an error."""
    import os

    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())


if __name__ == "__main__":
    main()
