"""Hostile tokens, mdocs and status lists by the million, before the firmware's verifier on both interpreters.

Three independent parts: the generator of cases (`damage`, `cbor_tree`, a module for each kind of message),
the oracle for their acceptance (the `accepted` of these modules, on `cbor2` and `cryptography`), and the
verifier under test (borne.verify, by `judge_hostile`). The first two share no code with the firmware.
"""
