"""The codes of refusals, in words for the technician at the cable."""

CODES = {
    # The link (borne.link.messages)
    "FRAME": "the line spoils what is sent over it: try another cable or port",
    "MESSAGE": "the terminal's firmware does not understand this version of borne",
    "COMMAND": "the terminal's firmware is older and does not know this command",
    "PARAMETERS": "the terminal's firmware does not understand this version of borne",
    "NAME": "the terminal has no such file",
    "OFFSET": "the transfer lost its place: start again, it goes on where it stopped",
    "WANTED": "files are still missing: start again, it goes on where it stopped",
    "UNWANTED": "the terminal did not ask for this file: start again",
    "STORE": "the terminal cannot read or write its flash: restart it; if it stays, replace it",
    "INTERNAL": "the terminal's firmware failed: restart it; if it stays, report this",
    # The clock (borne.trust.clock)
    "CLOCK_UNSET": "the terminal does not know the time, and did not take this computer's",
    "BELOW_FLOOR": "this computer's clock is behind what the terminal takes to be past. If it is wrong, set"
    " it; if it is right, the terminal's is wrong: restart the terminal, start again, and hold its button for"
    " 3 seconds when it asks whether to turn its clock back",
    "STEP_TOO_LARGE": "this computer's clock and the terminal's differ. If this computer's is wrong, set it;"
    " if it is right, start again, and press the terminal's button when it asks",
    "FUTURE": "the release was issued later than it is by the terminal's clock",
    # Trust data (borne.trust)
    "NO_ROOT": "the terminal was never provisioned with a trust root: flash it anew",
    "BAD_SIGNATURE": "the trust data is not signed by those whom the terminal trusts: not genuine, or"
    " for other terminals",
    "EXPIRED": "the trust data has expired: fetch it anew, or the publisher has to release",
    "ROLLBACK": "the terminal has had newer trust data: this copy is old, fetch it anew",
    "VERSION": "the trust data is mixed from several releases: fetch all of it anew",
    "HASH": "a file is not what was signed: spoiled on its way, or forged; fetch it anew",
    "LENGTH": "a file has not the length that was signed or that the terminal can hold",
    "FORMAT": "the trust data is malformed",
    "UNSUPPORTED": "the trust data needs a newer firmware",
    "MISSING": "the trust data is not complete: fetch all of it anew",
    "FULL": "the terminal's flash is full: restart it and sync again; if it stays, the trust data is too"
    " large for it",
    "ORDER": "the trust data came in the wrong order: start again",
}


def explain(code: str) -> str:
    """What to tell a technician about a refusal's code."""
    return CODES.get(code, "refused for a reason that this version of borne does not know")
