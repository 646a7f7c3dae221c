"""Modules for a moment, on real ones that nothing else here needs, and on some that are made up."""

import asyncio
import sys

from support import raises, run

from borne import trust
from borne.memory import unimport
from borne.memory.unimport import Unimport

FRESHNESS, JSON = "borne.trust.freshness", "borne.trust.canonical_json"


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


def test_what_is_emptied_keeps_nothing_else():
    with Unloaded(FRESHNESS):
        with Unimport(emptied=True):
            from borne.trust import freshness

            assert freshness.judge(1, 2, 3, 4) == (1, freshness.FRESH)
        assert not hasattr(freshness, "judge")
        assert trust.__name__  # it was there


def test_what_was_imported_goes_and_what_was_there_stays():
    with Unloaded(FRESHNESS, JSON):
        import borne.trust.canonical_json

        before = set(sys.modules)
        with Unimport():
            from borne.trust import freshness

            __import__(JSON)
            assert trust.freshness is freshness
        assert loaded(FRESHNESS, JSON) == [JSON]
        assert not hasattr(trust, "freshness")
        assert borne.trust.canonical_json
        assert set(sys.modules) == before


def test_who_holds_a_module_keeps_it_and_the_next_import_makes_another():
    with Unloaded(FRESHNESS):
        with Unimport():
            from borne.trust.freshness import judge
        assert judge(None, None, 0, 0) == (None, "unknown")  # which asks constants of the module
        from borne.trust import freshness

        assert freshness.judge is not judge


def test_machine_code_stays():
    with Unloaded(FRESHNESS, JSON):
        real, unimport.MACHINE_CODE = unimport.MACHINE_CODE, (FRESHNESS,)
        try:
            with Unimport():
                from borne.trust import freshness

                __import__(JSON)
        finally:
            unimport.MACHINE_CODE = real
        assert loaded(FRESHNESS, JSON) == [FRESHNESS]
        assert trust.freshness is freshness


def test_a_package_goes_with_its_modules_and_other_peoples_modules_stay():
    names = "borne.made", "borne.made.up", "made.up", "borne_p256"
    with Unimport():
        for name in names:
            sys.modules[name] = trust
    assert loaded(*names) == ["made.up", "borne_p256"]
    del sys.modules["made.up"], sys.modules["borne_p256"]


def test_what_else_a_package_calls_so_is_left_alone():
    with Unloaded(FRESHNESS):
        with Unimport():
            __import__(FRESHNESS)
            trust.freshness = 7
        assert loaded(FRESHNESS) == []
        assert trust.freshness == 7
        del trust.freshness


def test_an_error_in_it_or_in_an_import_passes():
    def fails():
        with Unimport():
            __import__(FRESHNESS)
            raise ValueError

    def is_missing():
        with Unimport():
            __import__(FRESHNESS)
            __import__("borne.trust.missing")

    with Unloaded(FRESHNESS):
        for function, error in ((fails, ValueError), (is_missing, ImportError)):
            raises(error, function)
            assert loaded(FRESHNESS, "borne.trust.missing") == []
            assert not hasattr(trust, "freshness")


def test_the_inner_one_drops_its_own_alone():
    with Unloaded(FRESHNESS, JSON), Unimport():
        from borne.trust import freshness

        with Unimport():
            __import__(JSON)
        assert loaded(FRESHNESS, JSON) == [FRESHNESS]
        assert sys.modules[FRESHNESS] is freshness


def test_it_may_drop_before_its_end():
    with Unloaded(FRESHNESS, JSON):
        with Unimport() as modules:
            __import__(FRESHNESS)
            modules.drop()
            assert loaded(FRESHNESS, JSON) == []
            __import__(JSON)
        assert loaded(FRESHNESS, JSON) == []


def test_what_a_task_holds_lasts_whatever_another_drops():
    """A tap during a sync: both have their own, and neither leaves anything."""

    async def sync():
        with Unimport():
            from borne.trust.freshness import judge
        await asyncio.create_task(tap())
        assert judge(None, None, 0, 0) == (None, "unknown")

    async def tap():
        with Unimport():
            from borne.trust import canonical_json, freshness

            assert (sys.modules[FRESHNESS], sys.modules[JSON]) == (freshness, canonical_json)

    with Unloaded(FRESHNESS, JSON):
        run(sync())
        assert loaded(FRESHNESS, JSON) == []
