"""The emulated PN532: its commands, its link, ISO-DEP and the field in front of it."""
