"""English. What operators see: titles of 13 columns a line, lines of 21."""

from micropython import const

_CARD = const("Use the physical card")
_REFUSE = const("Do not accept. Use the physical card")
_SYNC = const("Sync the terminal, then try again")
_SYNC_OR_CARD = const("Sync the terminal or use the physical card")

# By verdict code, then by state of the terminal: the title, and what to do. That stands beside the icon for
# accept, warn, idle and LOWER_CLOCK (2 lines of 15 columns), else below it. Constant rows take no heap
# where they are frozen.
SAID = const(
    (
        ("VALID", "Valid", "Covered today"),
        ("VALID_STALE", "Valid, stale", "Valid. Sync the terminal"),
        ("NO_ENTITLEMENT", "Not covered", "Ask for proof of cover"),
        ("NOT_ELIGIBLE", "Not eligible", "Use the physical card"),
        ("IDENTITY_NOT_BOUND", "Name unproven", "Check identity document"),
        ("EXPIRED", "Card expired", "Connect the phone to the Internet, then try again"),
        ("NOT_YET_VALID", "Not valid yet", _CARD),
        ("REVOKED", "Card revoked", _CARD),
        ("SUSPENDED", "Card suspended", _CARD),
        ("UNKNOWN_ISSUER", "Unknown issuer", _SYNC_OR_CARD),
        ("ISSUER_REVOKED", "Issuer revoked", _CARD),
        ("BAD_SIGNATURE", "Bad signature", _REFUSE),
        ("CLONED", "Copied card", _REFUSE),
        ("HOLDER_NOT_PRESENT", "Phone locked", "Unlock the app and tap again"),
        ("RELAY_SUSPECTED", "Relay suspected", _REFUSE),
        ("MALFORMED", "Unreadable card", _CARD),
        ("UNSUPPORTED", "Unknown format", _SYNC_OR_CARD),
        ("TRUST_STALE", "Terminal out of date", _SYNC),
        ("CLOCK_UNSET", "Clock not set", _SYNC),
        (
            "NO_APPLICATION",
            "No app found",
            "Unlock the phone, open the app, or use the physical card",
        ),
        ("TORN", "Reading cut short", "Tap again and keep still"),
        ("INTERNAL", "Internal error", "Try again, or use the physical card"),
        ("STARTING", "Starting…", "Please wait"),
        ("IDLE", "Ready", "Tap your phone"),
        ("READING", "Reading…", "Keep the phone still"),
        ("REMOVE", "Remove the phone", "Lift it off the reader; tap again if needed"),
        ("BUSY", "Checking…", "Please wait"),
        ("READER_RESET", "Reader silent", "Restarting it, please wait"),
        ("NO_READER", "No reader", "Check the cable, then replug the terminal"),
        ("SET_CLOCK", "Set the clock?", "Press the button if that is right"),
        ("LOWER_CLOCK", "Turn back?", "If right, hold button for 3 s"),
    )
)

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
