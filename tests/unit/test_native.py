"""The native module in the eyes of the terminal: found, whole, tested before it is asked. Modules here are
Python; tests/device/test_native.py has the real one."""

import hashlib
import os
import sys

from signing import Signer
from support import scratch

from borne.crypto import native, p256

DIGEST = hashlib.sha256(b"sample").digest()
SIGNER = Signer("a")
SIGNATURE = SIGNER.sign(DIGEST)
CODE = b"what is not looked at, as the module is there already"
SEALED = CODE + hashlib.sha256(CODE).digest()
DAMAGED = "the native module is damaged"
WRONG = "the native module fails its test"


class Module:
    """In the place of the imported one: `answer` is its verify, by default right; `asked` how often."""

    def __init__(self, answer=None):
        self.asked = 0
        self._answer = answer or right

    def verify(self, key, digest, signature):
        self.asked += 1
        return self._answer(key, digest, signature)


def right(key, digest, signature):
    p256.use(None)
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    return p256.verify(x, y, digest, signature)


def loaded(module, data, name="borne_p256"):
    """What native.load says where a file with `data` is (None: no file), and `module` is what it imports by
    `name`. Afterwards all is as before, but for p256's verify."""
    folder = scratch("native")
    if data is not None:
        with open(folder + "/" + native.FILE, "wb") as file:
            file.write(data)
    path = sys.path[:]
    sys.path[:] = [folder] + path
    if module:
        sys.modules[name] = module
    try:
        p256.use(None)
        return native.load()
    finally:
        sys.path[:] = path
        sys.modules.pop(name, None)


def test_without_a_file_nothing_is_loaded_and_nothing_wrong():
    module = Module()
    assert loaded(module, None) is None
    assert not p256.native() and module.asked == 0


def test_a_module_that_passes_serves():
    module = Module()
    try:
        assert loaded(module, SEALED) is None
        assert p256.native()
        asked = module.asked
        assert p256.verify(SIGNER.x, SIGNER.y, DIGEST, SIGNATURE)
        assert module.asked == asked + 1
    finally:
        p256.use(None)


def test_a_module_in_the_image_serves_without_a_file_if_it_passes():
    module = Module()
    try:
        assert loaded(module, None, "borne_image") is None
        assert p256.native() and module.asked > 0
    finally:
        p256.use(None)
    assert loaded(Module(lambda *_: True), None, "borne_image") == WRONG
    assert not p256.native()


def test_what_is_no_key_or_signature_never_reaches_it():
    module = Module()
    p256.use(module.verify)
    try:
        for x, y, signature in (
            (SIGNER.x, SIGNER.y, SIGNATURE[:63]),
            (SIGNER.x, SIGNER.y, SIGNATURE + b"\0"),
            (-1, SIGNER.y, SIGNATURE),
            (SIGNER.x, 1 << 256, SIGNATURE),
        ):
            assert not p256.verify(x, y, DIGEST, signature)
        assert module.asked == 0
    finally:
        p256.use(None)


def test_a_damaged_file_is_not_run():
    for data in (b"", bytes(32), SEALED[:-1], SEALED + b"\0", b"x" + SEALED[1:], bytes(40000)):
        module = Module()
        assert loaded(module, data) == DAMAGED
        assert not p256.native() and module.asked == 0


def test_a_module_that_is_wrong_does_not_serve():
    def raises(*_):
        raise ValueError("size")

    def infinite(key, digest, signature):
        """Right, but for a sum that is the point at infinity."""
        base = p256.BASE[0].to_bytes(32, "big") + p256.BASE[1].to_bytes(32, "big")
        return right(key, digest, signature) or key == base

    answers = [lambda *_: True, lambda *_: False, lambda *_: 1, infinite]
    for answer in answers:
        assert loaded(Module(answer), SEALED) == WRONG
        assert not p256.native()
    for module in (Module(raises), object()):
        assert loaded(module, SEALED) == "the native module does not load"
        assert not p256.native()


def test_a_file_that_is_no_module_does_not_load():
    assert "borne_p256" not in sys.modules
    assert loaded(None, SEALED) == "the native module does not load"
    assert not p256.native()
    assert p256.verify(SIGNER.x, SIGNER.y, DIGEST, SIGNATURE)


def test_the_first_file_on_the_path_counts():
    folder = scratch("later")
    with open(folder + "/" + native.FILE, "wb") as file:
        file.write(SEALED)
    sys.path.append(folder)
    try:
        assert loaded(Module(), SEALED[:-1]) == DAMAGED
        assert loaded(Module(), None) is None
        assert p256.native()
    finally:
        sys.path.remove(folder)
        os.remove(folder + "/" + native.FILE)
        p256.use(None)
