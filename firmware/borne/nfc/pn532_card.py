"""A card as InListPassiveTarget describes it, at 106 kbit/s type A (UM0701-02, section 7.3.5)."""

from borne.errors import ChipError


class Card:
    """A selected card: `sens_res` and `sel_res` (ints), `uid` and `ats` (bytes; ats without its
    length byte), `iso_dep` (bool). A phone's uid is random at each tap: it identifies no holder.
    """

    def __init__(self, data: memoryview) -> None:
        """`data` is InListPassiveTarget's, after NbTg. Raises ChipError if it is not well formed."""
        # Tg, SENS_RES (2 bytes), SEL_RES, NFCIDLength, NFCID1 and, after RATS, the ATS from its TL on.
        size = data[4] if len(data) > 4 else 0
        uid_end = 5 + size
        if data[:1] != b"\x01" or size not in (4, 7, 10) or len(data) < uid_end:
            raise ChipError("target data")
        self.sens_res = data[1] << 8 | data[2]
        self.sel_res = data[3]
        self.uid = bytes(data[5:uid_end])
        ats = data[uid_end:]
        # The ATS comes from the card: TL counts itself. A card with a wrong TL is not refused here, for the
        # operator is to be told: ISO-DEP with that card is impossible.
        self.iso_dep = bool(self.sel_res & 0x20) and len(ats) > 0 and ats[0] == len(ats)
        self.ats = bytes(ats[1:]) if self.iso_dep else b""
