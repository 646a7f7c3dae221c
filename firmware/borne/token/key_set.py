"""A COSE_KeySet in memory, for tools; terminals leave it in its file (borne.trust.key_file.KeyFile)."""

from borne.token import cose_key

if False:  # for types only
    from borne.protocols import Encoded


class KeySet(list):
    """A list of CoseKey."""

    @staticmethod
    def decode(data: "Encoded") -> "KeySet":
        """The keys in a COSE_KeySet (bytes or FileView) that keys_of finds, which says what it raises."""
        return KeySet([one for one, _, _ in cose_key.keys_of(data)])

    def find(self, kid: bytes) -> list[cose_key.CoseKey]:
        """Those with this kid."""
        return [key for key in self if key.kid == kid]
