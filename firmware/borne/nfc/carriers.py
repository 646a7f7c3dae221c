"""The carriers for an mdoc, in this terminal's order of preference: a line for each."""

from borne.nfc.mdoc_transfer import NfcCarrier

if False:  # for types only
    from borne.protocols import Carrier


def offers() -> "list[Carrier]":
    """New instances of the carriers."""
    return [NfcCarrier()]
