"""Errors for the user: a mistake or a failure, told in one line."""


class UserError(Exception):
    """A wrong file or argument: one clear line on stderr, exit status 2, nothing overwritten."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StepError(UserError):
    """A step of a longer task failed: the message says which, why, and how to go on. Exit status 1."""

    exit_code = 1
