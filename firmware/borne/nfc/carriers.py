"""The carriers by which an mdoc may come, in the order in which this terminal takes them: a line for each."""

from borne.nfc.mdoc_transfer import NfcCarrier

if False:  # for types only
    from borne.protocols import Carrier


def offers() -> "list[Carrier]":
    """The carriers, made anew."""
    return [NfcCarrier()]
