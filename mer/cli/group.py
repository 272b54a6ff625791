"""The kind of command group that ``mer`` and its subgroups are."""

import os
import traceback
from typing import Any

import click

from mer.cli.own_process import watched
from mer.core.errors import InputError

_LONGEST = 120  # letters of a path that are told
#: What click itself knows how to end a command with.
_OF_CLICK = (click.exceptions.Exit, click.ClickException, click.Abort)


class Group(click.Group):
    """Turns a user's mistake into a message and status 2, a failed run into status 1, both without a traceback.

    So it does with a path that the system refuses and no reader named: its name is too long, it may not be read; and,
    with status 1, where memory or open files did not suffice, also where a library ended the process for that.
    """

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command; a misspelt one gets the nearest name."""
        from mer.core.errors import nearest

        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise click.UsageError(f"No command {args[0]!r}. {nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        if ctx.parent is not None:
            return super().invoke(ctx)
        return watched(lambda: self._said(ctx))

    def _said(self, ctx: click.Context) -> Any:
        from mer.core import machine_fault, memory  # noqa: F401  when they are needed, none may be readable any more

        try:
            return super().invoke(ctx)
        except _OF_CLICK:
            raise
        except (Exception, KeyboardInterrupt) as error:
            end = _ending(error)
            if end is None:
                if not memory.at_the_limit():
                    raise
                # Code that meets the limit of addresses may fail with anything; it may also just be wrong.
                traceback.print_exception(error)
                end = memory.limited_words(), 1
            words, status = end
            if words:
                click.echo(f"Error: {words}", err=True)
            ctx.exit(status)


def _ending(error: BaseException) -> tuple[str, int] | None:
    """What is said of an error, and the status; None of one that is a fault of the code."""
    if isinstance(error, BrokenPipeError | KeyboardInterrupt):
        return "", 130
    if words := _want_words(error):
        return words, 1
    if isinstance(error, InputError):
        return str(error), 2
    if isinstance(error, OSError) and error.filename is not None:
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
        shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}... ({len(name)} letters)"
        return f"{shown}: {error.strerror or error}. Give another path, or mend that one.", 2
    return None


def _want_words(error: BaseException) -> str:
    """Of memory or open files that did not suffice; empty of other errors, and of those that say it themselves."""
    from mer.core.machine_fault import MachineFault, open_files_words
    from mer.core.memory import at_the_limit, limited_words, memory_words

    if isinstance(error, MachineFault):
        return ""
    if words := memory_words(error) or open_files_words(str(error)):
        return words
    # What libraries and the system raise at the limit of addresses: a thread that cannot be started, a file not mapped.
    outer = isinstance(error, RuntimeError | OSError | ImportError | SystemError) and not isinstance(error, InputError)
    return limited_words() if outer and at_the_limit() else ""
