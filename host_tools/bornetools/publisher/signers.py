"""Private keys of the TUF roles: one file each, so that any key can be kept elsewhere."""

from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import CryptoSigner, SSlibKey

from bornetools import files
from bornetools.errors import UserError
from bornetools.issuer import cose

Signers = dict[str, CryptoSigner]  # by TUF key id


class NewKeys:
    """Fresh P-256 keys; their files are written only after everything has been signed."""

    def __init__(self) -> None:
        self.signers: Signers = {}
        self.files: dict[Path, ec.EllipticCurvePrivateKey] = {}

    def add(self, path: Path) -> SSlibKey:
        """Makes a key for the file `path`. Returns its public part. Raises UserError."""
        if path.exists():
            raise UserError(f"{path} exists already: nothing was overwritten")
        self.files[path] = cose.new_key()
        signer = _signer(self.files[path])
        self.signers[signer.public_key.keyid] = signer
        return signer.public_key

    def write(self) -> None:
        """Writes the files: PKCS #8, mode 0600. Raises UserError."""
        for path, key in self.files.items():
            files.write_new(path, cose.private_pem(key), files.PRIVATE)


def read(paths: Iterable[Path]) -> Signers:
    """The signers whose keys are in these PEM files. Raises UserError."""
    made = [_signer(cose.read_private_key(path)) for path in paths]
    return {signer.public_key.keyid: signer for signer in made}


def _signer(key: ec.EllipticCurvePrivateKey) -> CryptoSigner:
    # python-tuf's default for P-256: keytype "ecdsa", scheme "ecdsa-sha2-nistp256".
    return CryptoSigner(key, SSlibKey.from_crypto(key.public_key()))
