"""The lines of counted repeats: loaded only while they are written."""

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
    """Writes a line for each of the `kinds` with repeats, as Journal counts them, and counts anew.

    If the time for counting is `over`, a kind without repeats is forgotten. Raises OSError: repeats without
    a line stay counted.
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
