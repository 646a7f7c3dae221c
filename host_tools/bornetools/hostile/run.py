"""Makes cases, asks both interpreters, and counts what must not be."""

import json
import multiprocessing
import random
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from borne.crypto import p256
from borne.errors import DecodeError
from borne.verify.verdict import ACCEPT, SEVERITIES, WARN
from bornetools import firmware
from bornetools.hostile import tokens
from bornetools.hostile.lists import Lists
from bornetools.hostile.mdocs import Mdocs
from bornetools.hostile.tokens import Tokens
from bornetools.on_micropython import vm
from bornetools.on_micropython.programs import judge_hostile
from bornetools.verify import library_p256

_KINDS = ("token", "token", "token", "mdoc", "mdoc", "list")  # in a hundred: 50, 33, 17
_HEAP = 4 << 20  # for any window of an inflater; a terminal's own is another test's matter
_CHUNK = 2500  # cases of one VM
_ASKED = 32  # cases at a time


@dataclass
class Outcome:
    """Counts of the cases by what was said of them, and those that must not be, as JSON: accepted though
    nobody has signed it, an error of the verifier's own, or judged otherwise by the other interpreter."""

    count: int = 0
    said: Counter[str] = field(default_factory=Counter)
    explained: int = 0  # lists that one inflater gives up where the other goes on to the bad block
    false_accepts: list[str] = field(default_factory=list)
    internal: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def add(self, more: "Outcome") -> None:
        """Adds the counts of other cases."""
        self.count += more.count
        self.said += more.said
        self.explained += more.explained
        self.false_accepts += more.false_accepts
        self.internal += more.internal
        self.differences += more.differences

    @property
    def wrong(self) -> list[str]:
        """What must not be, of any kind."""
        return self.false_accepts + self.internal + self.differences


@dataclass(frozen=True)
class Case:
    """What is judged: `kind` is token (`parts` are token and proof), mdoc (a response) or list (a status
    list, asked for the status at `index`)."""

    kind: str
    parts: list[bytes]
    index: int = 0

    def line(self) -> list[Any]:
        """It, as a VM takes it, with what else it needs to come."""
        return [self.kind, [part.hex() for part in self.parts], self.index]


class Recorded:
    """The library's answers on CPython, for the VM: signatures that verify, and agreements of `reader`."""

    def __init__(self, reader: ec.EllipticCurvePrivateKey) -> None:
        self._reader = reader
        self.verified: list[str] = []
        self.agreed: dict[str, str | None] = {}

    def verify(self, public: bytes, digest: bytes, signature: Any) -> bool:
        found = library_p256.verify(public, digest, signature)
        if found:
            self.verified.append((public + digest + bytes(signature)).hex())
        return found

    def shared(self, x: int, y: int) -> bytes:
        """What borne.crypto.ecdh.KeyPair.shared gives."""
        point = f"{x:064x}{y:064x}"
        try:
            public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        except ValueError:
            self.agreed[point] = None
            raise DecodeError("point not on the curve") from None
        secret = self._reader.exchange(ec.ECDH(), public)
        self.agreed[point] = secret.hex()
        return secret


class Vm:
    """A context manager: the judge on the MicroPython VM."""

    def __init__(self, world: dict[str, Any]) -> None:
        self._world = world

    def __enter__(self) -> "Vm":
        self._process = subprocess.Popen(
            vm.arguments(judge_hostile.__file__, heap=_HEAP),
            env=vm.environment(firmware.MODULES),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(self._world)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, cases: list[list[Any]]) -> list[Any]:
        """The judgement on each of a few cases: so few that all answers have room in a pipe. Raises
        RuntimeError if the VM has ended."""
        for case in cases:
            self._say(case)
        assert self._process.stdout
        answers = []
        for _ in cases:
            line = self._process.stdout.readline()
            try:
                answers.append(json.loads(line))
            except json.JSONDecodeError:
                said = line + self._process.stdout.read()
                raise RuntimeError(f"the VM has ended: {said}") from None
        return answers

    def _say(self, line: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()


class Cases:
    """The generators, and the judge on this interpreter."""

    def __init__(self) -> None:
        self._tokens, self._mdocs, self._lists = Tokens(), Mdocs(), Lists()
        self.world = {
            "keys": tokens.key_set().hex(),
            "nonce": tokens.NONCE.hex(),
            "terminal": tokens.TERMINAL,
            "purpose": tokens.PURPOSE,
            "now": tokens.NOW,
            "uri": tokens.LIST,
            "issuer": tokens.ISSUER,
            "states": tokens.STATES,
            **self._mdocs.world(),
        }
        self._judge = judge_hostile.Judge(self.world)

    def honest(self) -> list[Case]:
        """What the generators start from."""
        return (
            [Case("token", parts) for parts in self._tokens.honest()]
            + [Case("mdoc", parts) for parts in self._mdocs.honest()]
            + [Case("list", parts, 1) for parts in self._lists.honest()]
        )

    def make(self, rng: random.Random) -> Case:
        kind = rng.choice(_KINDS)
        if kind == "token":
            return Case(kind, self._tokens.make(rng))
        if kind == "mdoc":
            return Case(kind, self._mdocs.make(rng))
        return Case(kind, self._lists.make(rng), self._lists.index(rng))

    def judge(self, case: Case) -> tuple[Any, Recorded]:
        """The judgement on this interpreter, and what a VM needs for its own."""
        recorded = Recorded(self._mdocs.reader)
        p256.use(recorded.verify)
        try:
            if case.kind == "token":
                return self._judge.token(*case.parts), recorded
            if case.kind == "mdoc":
                return self._judge.mdoc(case.parts[0], recorded), recorded
            return self._judge.status(case.parts[0], case.index), recorded
        finally:
            p256.use(None)

    def may_be_said(self, case: Case, said: Any) -> bool:
        """Whether that judgement is no acceptance, or one that is right."""
        if case.kind == "list":
            return not isinstance(said, int) or self._lists.states(case.parts[0], case.index, said)
        code, _, shown, _ = said
        if SEVERITIES[code] not in (ACCEPT, WARN):
            return shown is None
        maker = self._tokens if case.kind == "token" else self._mdocs
        return maker.accepted(case.parts, code, shown)


def run(count: int, seed: int, advance: Callable[[int], None]) -> Outcome:
    """Judges `count` cases of that seed, on all processors; `advance` is told of how many, now and then.

    Raises UserError without a VM.
    """
    outcome = Outcome()
    starts = range(0, count, _CHUNK)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(chunk, at, min(_CHUNK, count - at), seed) for at in starts]
        for job in as_completed(jobs):
            outcome.add(job.result())
            advance(job.result().count)
    return outcome


def chunk(first: int, count: int, seed: int) -> Outcome:
    """The cases of that seed with these numbers, and those that the generators start from."""
    cases, outcome = Cases(), Outcome()
    with Vm(cases.world) as other:
        _judge(cases, other, list(enumerate(cases.honest(), -1000)), outcome)
        outcome.count = 0  # the honest ones are no hostile ones
        for at in range(first, first + count, _ASKED):
            numbers = range(at, min(at + _ASKED, first + count))
            made = [(number, cases.make(random.Random(f"{seed} {number}"))) for number in numbers]
            _judge(cases, other, made, outcome)
    return outcome


def _judge(cases: Cases, other: Vm, made: list[tuple[int, Case]], outcome: Outcome) -> None:
    here = [cases.judge(case) for _, case in made]
    lines = [
        [*case.line(), recorded.verified, recorded.agreed]
        for (_, case), (_, recorded) in zip(made, here, strict=True)
    ]
    for (number, case), (said, _), there in zip(made, here, other.ask(lines), strict=True):
        told = json.dumps([number, *case.line(), said, there])
        outcome.count += 1
        word = said[0] if case.kind != "list" else _word(said)
        outcome.said[f"{case.kind} {word}"] += 1
        if word == "INTERNAL" or "INTERNAL" in str(there):
            outcome.internal.append(told)
        if not cases.may_be_said(case, said):
            outcome.false_accepts.append(told)
        if said != there:
            # zlib gives up at once on a bad block, the VM's inflater where it meets it.
            if case.kind == "list" and said is None and isinstance(there, int):
                outcome.explained += 1
            else:
                outcome.differences.append(told)


def _word(said: Any) -> str:
    """Of a list, what its cases are counted by."""
    if isinstance(said, str):
        return "INTERNAL" if said.startswith("INTERNAL") else "refused"
    return "a status" if isinstance(said, int) else "nothing"
