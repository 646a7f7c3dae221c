"""MicroPython's `cryptolib` module, as far as the firmware uses it, on the `cryptography` package."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ECB = 1


class aes:  # noqa: N801 - MicroPython's name
    """AES under `key` (16 or 32 bytes), block by block."""

    def __init__(self, key: bytes, mode: int) -> None:
        if mode != _ECB:
            raise ValueError("only ECB")
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())

    def encrypt(self, data: bytes, out: bytearray | None = None) -> bytes | None:
        """Encrypts whole blocks into `out`, which may be `data`, or returns them."""
        done = self._cipher.encryptor().update(bytes(data))
        if out is None:
            return done
        out[:] = done
        return None
