"""The kind of command group that ``mer`` and its subgroups are."""

import os
from typing import Any

import click

from mer.core.errors import InputError

_LONGEST = 120  # letters of a path that are told


class Group(click.Group):
    """Turns a user's mistake into a message and status 2, a failed run into status 1, both without a traceback.

    So it does with a path that the system refuses and no reader named: its name is too long, it may not be read.
    """

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command; a misspelt one gets the nearest name."""
        from mer.core.errors import nearest

        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise click.UsageError(f"No command {args[0]!r}. {nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)
        except OSError as error:
            if isinstance(error, BrokenPipeError) or error.filename is None:
                raise
            name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
            shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}... ({len(name)} letters)"
            click.echo(f"Error: {shown}: {error.strerror or error}. Give another path, or mend that one.", err=True)
            ctx.exit(2)
        except (BrokenPipeError, KeyboardInterrupt):
            ctx.exit(130)
