"""Borne: verifies contactless health-insurance tokens at the counter, offline."""

VERSION = "0.1.0"
PROFILE_VERSION = 1
