"""What comes of a verdict, as JSON; on both interpreters."""

from binascii import hexlify


def outcome(verdict):
    """What is shown of a Verdict: None, or a list; and what is recorded: None, or a list."""
    shown = recorded = None
    if verdict.holder:
        one = verdict.holder
        shown = [one.family, one.given, one.birth_date, one.nir, one.rank, one.until]
        shown += [one.delegate and list(one.delegate), verdict.issued_at]
    if verdict.signed:
        one = verdict.signed
        recorded = [one.issuer, hexlify(one.digest).decode()]
        recorded.append(hexlify(one.holder_key.encoded()).decode())
        if one.proof:
            recorded += [one.proof.user_verified, one.proof.method]
            recorded.append(hexlify(one.proof.signature).decode())
    return [shown, recorded]
