"""An issuer of tokens for tests and pilots.

It shares no CBOR, COSE or cryptographic code with the firmware, so that each checks the other.
"""
