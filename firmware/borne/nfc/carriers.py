"""The carriers by which an mdoc may come, in the order in which this terminal takes them: a line for each.

A carrier is made for one handover (borne.nfc.handover):

    name             what it is called in texts
    tnf, type, id    of its carrier configuration record
    offered()        the payload (bytes) of that record in our Handover Request message
    chosen(payload)  takes that of the record in the phone's Handover Select message. Raises DecodeError,
                     UnsupportedError
    open(card)       a coroutine: the Transfer to the phone whose engagement was read from `card` (a Pn532)

and a Transfer serves one session:

    exchange(message, room)  a coroutine: sends a message (bytes), and returns the one that answers it, a
                             writable memoryview. `room(size)` gives the memoryview for an answer with what is
                             around it, or None: the usual one. Raises GoneError once the phone has left
    end(message)             a coroutine: sends the last message, or if None ends without a word. Whether that
                             arrives does not matter. What exchange has brought stays
    gone                     True once the phone has left
    shortest_us              the microseconds of the shortest round trip; None before there was one
"""

from borne.nfc.mdoc_transfer import NfcCarrier


def offers() -> list:
    """The carriers, made anew."""
    return [NfcCarrier()]
