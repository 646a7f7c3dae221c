"""The host's end of a terminal's serial link: docs/link.md.

Host and firmware share the list of messages, but neither framing nor CBOR: each end checks the other's.
"""
