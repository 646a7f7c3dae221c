"""What a person did wrong, said in one line."""

import click


class UserError(click.ClickException):
    """A wrong file or argument: one clear line on stderr, exit status 2, nothing overwritten."""

    exit_code = 2
