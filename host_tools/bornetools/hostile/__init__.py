"""Hostile tokens, mdocs and status lists by the million, before the firmware's verifier on both interpreters.

Three parts that know nothing of each other and nothing of the firmware's code: what makes a case (`damage`,
`cbor_tree`, and a module for each kind of message), what says whether it may be accepted (the `accepted` of
these modules, on `cbor2` and `cryptography`), and what is asked (borne.verify, by `judges`).
"""
