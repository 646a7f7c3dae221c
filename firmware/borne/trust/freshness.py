"""The age of trust data: one judgement, for the verifier, the screen and every tool that shows it."""

FRESH, WARN, REFUSE, UNKNOWN = "fresh", "warn", "refuse", "unknown"


def judge(
    as_of: int | None, now: int | None, warn_after: int, refuse_after: int
) -> tuple[int | None, str]:
    """The age in seconds at `now` of trust data `as_of` (unix seconds; None: not known), and its grade by
    the policy's bounds: FRESH, WARN or REFUSE. (None, UNKNOWN) if either time is not known."""
    if as_of is None or now is None:
        return None, UNKNOWN
    age = max(0, now - as_of)  # a clock may lag behind the data by its skew
    if age > refuse_after:
        return age, REFUSE
    return age, WARN if age > warn_after else FRESH
