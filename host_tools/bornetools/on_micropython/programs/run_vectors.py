"""Test vectors through the firmware's code: a line of JSON in, a line of JSON out, for each case.

Imported on CPython, started as a script on the MicroPython VM, with `native` to use the native module. A case
is `["ecdsa", x, y, message, signature]`, `["digest", x, y, digest, signature]`, `["sign1", message, x, y,
external]` or `["cbor", data, deterministic]`, all hexadecimal but the last; the answer is true, false, the
item encoded anew, or `["refused" | "unsupported", reason]`.
"""

import hashlib
import json
import sys
from binascii import hexlify, unhexlify

from borne.crypto import comb, native, p256
from borne.errors import DecodeError, UnsupportedError
from borne.token import cbor, cose, cose_key

_combs: dict = {}  # the last key's


def run_case(case: list) -> object:
    try:
        kinds: dict = {"ecdsa": _ecdsa, "digest": _digest, "sign1": _sign1, "cbor": _cbor}
        return kinds[case[0]](*case[1:])
    except UnsupportedError as error:
        return ["unsupported", error.reason]
    except DecodeError as error:
        return ["refused", error.reason]


def _ecdsa(x, y, message, signature):
    return _digest(x, y, hashlib.sha256(unhexlify(message)).digest(), signature)


def _digest(x, y, digest, signature):
    x, y, signature = int(x, 16), int(y, 16), unhexlify(signature)
    digest = unhexlify(digest) if isinstance(digest, str) else digest
    answer = p256.verify(x, y, digest, signature)
    if p256.on_curve(x, y) and not p256.native():
        if (x, y) not in _combs:
            _combs.clear()
            _combs[(x, y)] = comb.build(x, y, comb.WIDTH)
        if p256.verify(x, y, digest, signature, _combs[(x, y)]) != answer:
            return "the two ways to verify differ"
    return answer


def _sign1(data, x, y, external):
    message = cose.decode_sign1(unhexlify(data))
    # Which header has the algorithm is the application's rule; these vectors allow either.
    if cose.HEADER_ALG not in message.protected:
        message.protected[cose.HEADER_ALG] = message.unprotected.pop(cose.HEADER_ALG, None)
    cose.require_known(message)
    key = cose_key.key({1: 2, -1: 1, -2: unhexlify(x), -3: unhexlify(y)})
    return message.verify(key, None, unhexlify(external))


def _cbor(data, deterministic):
    return hexlify(cbor.encode(cbor.decode(unhexlify(data), deterministic))).decode()


if __name__ == "__main__":
    if "native" in sys.argv:
        wrong = native.load()
        if wrong or not p256.native():
            raise ImportError(wrong)
    for line in sys.stdin:
        print(json.dumps(run_case(json.loads(line))))
