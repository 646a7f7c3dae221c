"""English. What operators see: titles of 13 columns a line, lines of 21."""

_CARD = "Use the physical card"
_REFUSE = "Do not accept. Use the physical card"
_SYNC = "Sync the terminal, then try again"
_SYNC_OR_CARD = "Sync the terminal or use the physical card"

# By verdict code, then by state of the terminal.
TITLES = {
    "VALID": "Valid",
    "VALID_STALE": "Valid, stale",
    "NO_ENTITLEMENT": "Not covered",
    "NOT_ELIGIBLE": "Not eligible",
    "IDENTITY_NOT_BOUND": "Name unproven",
    "EXPIRED": "Card expired",
    "NOT_YET_VALID": "Not valid yet",
    "REVOKED": "Card revoked",
    "SUSPENDED": "Card suspended",
    "UNKNOWN_ISSUER": "Unknown issuer",
    "ISSUER_REVOKED": "Issuer revoked",
    "BAD_SIGNATURE": "Bad signature",
    "CLONED": "Copied card",
    "HOLDER_NOT_PRESENT": "Phone locked",
    "RELAY_SUSPECTED": "Relay suspected",
    "MALFORMED": "Unreadable card",
    "UNSUPPORTED": "Unknown format",
    "TRUST_STALE": "Terminal out of date",
    "CLOCK_UNSET": "Clock not set",
    "NO_APPLICATION": "No app found",
    "TORN": "Reading cut short",
    "INTERNAL": "Internal error",
    "STARTING": "Starting…",
    "IDLE": "Ready",
    "READING": "Reading…",
    "REMOVE": "Remove the phone",
    "BUSY": "Checking…",
    "READER_RESET": "Reader silent",
    "NO_READER": "No reader",
    "SET_CLOCK": "Set the clock?",
    "LOWER_CLOCK": "Turn back?",
}

# What to do. Beside the icon for accept, warn, idle and LOWER_CLOCK (2 lines of 15 columns); else below it.
LINES = {
    "VALID": "Covered today",
    "VALID_STALE": "Valid. Sync the terminal",
    "NO_ENTITLEMENT": "Ask for proof of cover",
    "NOT_ELIGIBLE": "Use the physical card",
    "IDENTITY_NOT_BOUND": "Check identity document",
    "EXPIRED": "Connect the phone to the Internet, then try again",
    "NOT_YET_VALID": _CARD,
    "REVOKED": _CARD,
    "SUSPENDED": _CARD,
    "UNKNOWN_ISSUER": _SYNC_OR_CARD,
    "ISSUER_REVOKED": _CARD,
    "BAD_SIGNATURE": _REFUSE,
    "CLONED": _REFUSE,
    "HOLDER_NOT_PRESENT": "Unlock the app and tap again",
    "RELAY_SUSPECTED": _REFUSE,
    "MALFORMED": _CARD,
    "UNSUPPORTED": _SYNC_OR_CARD,
    "TRUST_STALE": _SYNC,
    "CLOCK_UNSET": _SYNC,
    "NO_APPLICATION": "Unlock the phone, open the app, or use the physical card",
    "TORN": "Tap again and keep still",
    "INTERNAL": "Try again, or use the physical card",
    "STARTING": "Please wait",
    "IDLE": "Tap your phone",
    "READING": "Keep the phone still",
    "REMOVE": "Lift it off the reader; tap again if needed",
    "BUSY": "Please wait",
    "READER_RESET": "Restarting it, please wait",
    "NO_READER": "Check the cable, then replug the terminal",
    "SET_CLOCK": "Press the button if that is right",
    "LOWER_CLOCK": "If right, hold button for 3 s",
}

# Who, and until when: one line of 21 columns each, but names may be longer and then move.
DATE = "{0}-{1}-{2}"  # year, month, day
CLOCK = "{} {}"  # date and time
BECOMES = "becomes"  # between two times: the clock would go from one to the other
BORN = "born {}"
UNTIL = "until {}"
PLACE = "{}/{} "  # of several beneficiaries on one phone; stands before names and instructions
DELEGATE = "by {}"
FROM_PID = "(name from the PID)"  # a line below the name

# The age of the trust data, largest unit first: seconds, one of them, several.
TRUST = "Trust data: {}"
AGES = ((86400, "1 day", "{} days"), (3600, "1 hour", "{} hours"), (60, "1 min", "{} min"))
AGE_NOW = "just now"
AGE_UNKNOWN = "unknown"
