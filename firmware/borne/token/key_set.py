"""A COSE_KeySet in memory, for tools; terminals leave it in its file (borne.trust.key_file.KeyFile)."""

from borne.token import cose_key

if False:  # for types only
    from borne.protocols import Encoded


class KeySet(list):
    """A list of CoseKey."""

    @staticmethod
    def decode(data: "Encoded") -> "KeySet":
        """The keys that keys_of finds in a COSE_KeySet (bytes or FileView). Raises as keys_of does."""
        return KeySet([one for one, _, _ in cose_key.keys_of(data)])

    def find(self, kid: bytes) -> list[cose_key.CoseKey]:
        """The keys with this kid."""
        return [key for key in self if key.kid == kid]
