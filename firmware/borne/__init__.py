"""Borne: verifies contactless health-insurance tokens at the counter, offline."""

VERSION = "0.1.0"
# Unix seconds of 2026-11-30, the day of this version's last change. The time cannot be earlier.
BUILT = 1795996800
PROFILE_VERSION = 1
