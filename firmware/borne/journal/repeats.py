"""The lines of what came again and was only counted: loaded when they are written, and no longer."""

if False:  # for types only
    from array import array

    from borne.journal.chained_log import ChainedLog
    from borne.trust.clock import Clock


def write(
    log: "ChainedLog",
    clock: "Clock",
    kinds: "list[str | None]",
    counts: "array[int]",
    since: int,
    over: bool,
) -> None:
    """Writes a line for each of the `kinds` that came again, as Journal counts them, and counts anew.

    If the time for counting is `over`, a kind that has not come again is forgotten. Raises OSError: what has
    no line yet stays counted.
    """
    now, elapsed = clock.now(), clock.uptime() - since
    for place, kind in enumerate(kinds):
        at = 3 * place
        if kind is None:
            continue
        if counts[at]:
            name, code = ("fault", kind[1:]) if kind[0] == "!" else ("verdict", kind)
            times = [None if now is None else now - elapsed + counts[at + one] for one in (1, 2)]
            fields = ((name, code), ("count", counts[at]), ("first", times[0]), ("last", times[1]))
            log.append(now, fields)
            counts[at] = 0
        elif over:
            kinds[place] = None
