"""An insured person of the tests."""

from typing import Any

from bornetools.issuer.claims import Cover

NIR = "269054958815780"  # a widely published example
FAMILY = "Lefèvre-Müller"


def cover(**changes: Any) -> Cover:
    fields = {"family": FAMILY, "given": "Élodie", "birth_date": "1969-05-12", "nir": NIR}
    return Cover(**{**fields, **changes})
