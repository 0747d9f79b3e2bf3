"""The click group: a command's module is imported when that command is called, and no other."""

from __future__ import annotations

import importlib

import click

from kerasarchive.cli._overview import commands, overview


class Commands(click.Group):
    """The commands that the files of this folder define as ``COMMAND``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the overview."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in commands():
            return None
        command: click.Command = importlib.import_module(f"kerasarchive.cli.{cmd_name}").COMMAND
        return command

    def get_help(self, ctx: click.Context) -> str:
        """The same overview that is shown without click."""
        return overview().rstrip()


GROUP = Commands("kav", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
