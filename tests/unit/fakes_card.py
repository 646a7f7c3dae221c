"""A card at the level of APDUs that plays a trace."""


def C(text, data=b""):
    """The terminal sends a command APDU: hexadecimal, and more bytes."""
    return "command", bytes.fromhex(text) + data


def R(text, data=b""):
    """The card responds: data, then in hexadecimal what follows it."""
    return "response", data + bytes.fromhex(text)


class FakeCard:
    """Has `exchange`, as borne.nfc.pn532.Pn532: its answer is in a buffer that the next one reuses."""

    def __init__(self, *trace):
        self._trace = list(trace)
        self._buffer = bytearray(512)

    async def exchange(self, command):
        kind, expected = self._trace.pop(0) if self._trace else ("command", b"")
        assert (kind, expected) == ("command", bytes(command)), (expected.hex(), command.hex())
        kind, said = self._trace.pop(0)
        if kind == "error":
            raise said
        self._buffer[: len(said)] = said
        return memoryview(self._buffer)[: len(said)]

    def end(self):
        """The trace has been played to its end."""
        assert not self._trace, self._trace
