"""The command line: one module per verb, imported when it is called."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import List, Optional, Tuple

import click

from dockproxy.cli import output
from dockproxy.cli.errors import CommandError, Exit

VERBS = (
    ("show", "what each consumer uses, where it comes from, and what is wrong"),
    ("route", "proxy or direct for a URL, a host or an image, and what decides it"),
    ("set", "make a proxy effective, or roll back"),
    ("unset", "leave the engine, or the client, without a proxy"),
    ("demo", "the whole story on an embedded network; needs neither root nor Docker"),
)
"""Every verb and its line in the help. The module has the verb's name, with ``_`` where Python wants one."""

MODULES = {"set": "set_"}


class Verbs(click.Group):
    """Imports a verb's module only when that verb is asked for."""

    def list_commands(self, ctx: click.Context) -> List[str]:
        return [name for name, _ in VERBS]

    def parse_args(self, ctx: click.Context, args: List[str]) -> List[str]:
        while args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        args = args or ["--help"]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: List[str]
    ) -> Tuple[Optional[str], Optional[click.Command], List[str]]:
        name = args[0]
        if name in dict(VERBS) or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        close = get_close_matches(name, [*(verb for verb, _ in VERBS), "help", "--version"], n=1)
        raise click.UsageError(f"{name}: no such verb" + (f"; is {close[0]} meant?" if close else ""), ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        if cmd_name not in dict(VERBS):
            return None
        module = importlib.import_module(f"dockproxy.cli.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, line in VERBS if verb != "demo" or _has_demo()])


def _has_demo() -> bool:
    """Whether the demo can run: dockproxy.pyz lacks what it needs."""
    from importlib.util import find_spec

    return find_spec("trustme") is not None


def _version() -> str:
    from dockproxy import __version__

    return __version__


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"dockproxy {_version()}")
        ctx.exit()


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 changes under --check, 2 usage, 3 rolled back, 4 rollback incomplete, 5 privileges, "
    "6 refused.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print the version."
)
def dockproxy() -> None:
    """Make Docker work behind a proxy: see what is in force and why, change it safely, take it back."""


def main(argv: Optional[List[str]] = None) -> int:
    """Run a verb; the one place where errors become sentences and exit codes. Returns the exit code."""
    # Importing a verb makes many objects and no garbage; to look for some takes a twentieth of the time of `show`.
    gc.disable()
    for name in ("stdout", "stderr"):
        # Closed by the caller, as 2>&- does.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    try:
        result = dockproxy.main(args=argv, prog_name="dockproxy", standalone_mode=False)
        sys.stdout.flush()
        return int(result or 0)
    except CommandError as error:
        return _fail(str(error), error.code)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return _fail("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        return _fail(_misused(error), Exit.USAGE)
    except KeyboardInterrupt:
        return _fail("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader went away, as in `dockproxy show | head`; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except OSError as error:
        return _fail(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.USAGE)
    except Exception as error:
        if os.environ.get("DOCKPROXY_DEBUG"):
            raise
        return _fail(
            f"internal error: {type(error).__name__}: {error}; please report it with what DOCKPROXY_DEBUG=1 prints",
            Exit.USAGE,
        )
    finally:
        gc.enable()


def _misused(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and error.option_name == "--json":
        message = "No such option: --json; is --format json meant?"
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message} (see {context.command_path} --help)" if context is not None else message


def _fail(sentence: str, code: Exit) -> int:
    output.tell(f"dockproxy: {sentence}")
    return int(code)
