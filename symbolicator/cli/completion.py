"""`symbolicator completion`: a script with our commands and options for a shell's completion."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash:  symbolicator completion bash > ~/.local/share/bash-completion/completions/symbolicator
    zsh:   symbolicator completion zsh  > "${fpath[1]}/_symbolicator"
    fish:  symbolicator completion fish > ~/.config/fish/completions/symbolicator.fish
    """
    from click.shell_completion import get_completion_class

    from symbolicator.cli.program import program

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(made(program, {}, "symbolicator", "_SYMBOLICATOR_COMPLETE").source())
