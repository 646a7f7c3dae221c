"""Borne's host tools: issuing, verifying, emulating and reading tokens."""

from bornetools import firmware as _firmware

_firmware.prepare()
