"""Modules for a moment, on real ones that nothing else here needs, and on some that are made up."""

import asyncio
import sys

from support import raises, run

from borne import trust
from borne.memory import unimport
from borne.memory.unimport import Unimport

PEM, JSON = "borne.trust.pem", "borne.trust.canonical_json"


class Unloaded:
    """A context in which none of the modules `names` is loaded at first, and after which all is as before."""

    def __init__(self, *names):
        self._names = names

    def __enter__(self):
        self._before = [take_away(name) for name in self._names]

    def __exit__(self, *error):
        for name, module in zip(self._names, self._before):
            take_away(name)
            if module:
                package, _, last = name.rpartition(".")
                sys.modules[name] = module
                setattr(sys.modules[package], last, module)


def take_away(name):
    """The module, no longer loaded; None if it was not."""
    package, _, last = name.rpartition(".")
    if hasattr(sys.modules[package], last):  # where `from package import module` looks first
        delattr(sys.modules[package], last)
    return sys.modules.pop(name, None)


def loaded(*names):
    """Those of `names` that are loaded."""
    return [name for name in names if name in sys.modules]


def test_what_was_imported_goes_and_what_was_there_stays():
    with Unloaded(PEM, JSON):
        import borne.trust.canonical_json

        before = set(sys.modules)
        with Unimport():
            from borne.trust import pem

            __import__(JSON)
            assert trust.pem is pem
        assert loaded(PEM, JSON) == [JSON]
        assert not hasattr(trust, "pem")
        assert borne.trust.canonical_json
        assert set(sys.modules) == before


def test_who_holds_a_module_keeps_it_and_the_next_import_makes_another():
    with Unloaded(PEM):
        with Unimport():
            from borne.trust.pem import public_key
        assert public_key("none") is None  # which asks constants of the module
        from borne.trust import pem

        assert pem.public_key is not public_key


def test_machine_code_stays():
    with Unloaded(PEM, JSON):
        real, unimport.MACHINE_CODE = unimport.MACHINE_CODE, (PEM,)
        try:
            with Unimport():
                from borne.trust import pem

                __import__(JSON)
        finally:
            unimport.MACHINE_CODE = real
        assert loaded(PEM, JSON) == [PEM]
        assert trust.pem is pem


def test_a_package_goes_with_its_modules_and_other_peoples_modules_stay():
    names = "borne.made", "borne.made.up", "made.up", "borne_p256"
    with Unimport():
        for name in names:
            sys.modules[name] = trust
    assert loaded(*names) == ["made.up", "borne_p256"]
    del sys.modules["made.up"], sys.modules["borne_p256"]


def test_what_else_a_package_calls_so_is_left_alone():
    with Unloaded(PEM):
        with Unimport():
            __import__(PEM)
            trust.pem = 7
        assert loaded(PEM) == []
        assert trust.pem == 7
        del trust.pem


def test_an_error_in_it_or_in_an_import_passes():
    def fails():
        with Unimport():
            __import__(PEM)
            raise ValueError

    def is_missing():
        with Unimport():
            __import__(PEM)
            __import__("borne.trust.missing")

    with Unloaded(PEM):
        for function, error in ((fails, ValueError), (is_missing, ImportError)):
            raises(error, function)
            assert loaded(PEM, "borne.trust.missing") == []
            assert not hasattr(trust, "pem")


def test_the_inner_one_drops_its_own_alone():
    with Unloaded(PEM, JSON), Unimport():
        from borne.trust import pem

        with Unimport():
            __import__(JSON)
        assert loaded(PEM, JSON) == [PEM]
        assert sys.modules[PEM] is pem


def test_it_may_drop_before_its_end():
    with Unloaded(PEM, JSON):
        with Unimport() as modules:
            __import__(PEM)
            modules.drop()
            assert loaded(PEM, JSON) == []
            __import__(JSON)
        assert loaded(PEM, JSON) == []


def test_what_a_task_holds_lasts_whatever_another_drops():
    """A tap during a sync: both have their own, and neither leaves anything."""

    async def sync():
        with Unimport():
            from borne.trust.pem import public_key
        await asyncio.create_task(tap())
        assert public_key("none") is None

    async def tap():
        with Unimport():
            from borne.trust import canonical_json, pem

            assert (sys.modules[PEM], sys.modules[JSON]) == (pem, canonical_json)

    with Unloaded(PEM, JSON):
        run(sync())
        assert loaded(PEM, JSON) == []
