"""Borne: verifies contactless health-insurance tokens at the counter, offline."""

VERSION = "0.1.0"
# Unix seconds: the day on which this version was last changed, 2026-11-30. It cannot be earlier than that.
BUILT = 1795996800
PROFILE_VERSION = 1
