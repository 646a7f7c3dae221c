"""A delta of a revocation list applied at once, as no terminal does; runs on both interpreters."""

import io

from borne.trust import revocation_delta


def applied(old, delta):
    """The new list (bytes) that `delta` makes of `old` (both bytes). Raises TrustError."""
    out = io.BytesIO()
    for _ in revocation_delta.steps(io.BytesIO(old), io.BytesIO(delta), out):
        pass
    return out.getvalue()
