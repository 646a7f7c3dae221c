"""The firmware's TUF rules against any repository."""
