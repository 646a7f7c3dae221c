"""What is left after a wallet's tap, also where memory is short at its end."""

from support import raises

from borne.nfc import apdu, phones


class Judging:
    """The Unimport of what judges an mdoc."""

    dropped = 0

    def drop(self):
        self.dropped += 1


def failing(calls, at):
    """Each of the functions, of which the call of that number has no memory."""
    count = [0]

    def wrapped(function):
        def call(*arguments):
            count[0] += 1
            if count[0] == at:
                raise MemoryError
            return function(*arguments)

        return call

    return [wrapped(function) for function in calls]


def test_done_leaves_nothing_wherever_memory_is_short_and_it_is_called_again():
    forget, wipe = apdu.forget, phones.wipe
    for at in range(1, 5):
        here = phones.Phones("T1", None)
        said = bytearray(b"Ada Lindgren")
        judging = Judging()
        here.wallet, here._buffer, here._judging = True, memoryview(said), judging
        apdu._response[:3] = b"Ada"
        apdu.forget, phones.wipe, judging.drop = failing((forget, wipe, judging.drop), at)
        try:
            if at < 4:
                raises(MemoryError, here.done)
                assert here.wallet
            here.done()
        finally:
            apdu.forget, phones.wipe = forget, wipe
        assert said == bytes(12)
        assert bytes(apdu._response[:3]) == bytes(3)
        assert judging.dropped == 1
        assert (here.wallet, here._buffer, here._judging) == (False, None, None)


def test_without_a_wallet_there_is_nothing_to_do():
    here = phones.Phones("T1", None)
    here.done()
    assert not here.wallet
