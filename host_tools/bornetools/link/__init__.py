"""The host's end of a terminal's serial link: docs/link.md.

It shares the list of messages with the firmware, and neither framing nor CBOR: each end checks the other's.
"""
