"""Makes cases, runs them on both interpreters, and counts wrong judgements."""

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

_KINDS = ("token", "token", "token", "mdoc", "mdoc", "list")  # shares in per cent: 50, 33, 17
_HEAP = 4 << 20  # for any window of an inflater; another test covers a terminal's own
_CHUNK = 2500  # cases per VM
_ASKED = 32  # cases per batch


@dataclass
class Outcome:
    """Counts of the cases by judgement, and the wrong ones as JSON: accepted though unsigned, an internal
    error of the verifier, or judged differently by the other interpreter."""

    count: int = 0
    said: Counter[str] = field(default_factory=Counter)
    explained: int = 0  # lists that one inflater gives up, and the other reads up to the bad block
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
        """All wrong cases, of any kind."""
        return self.false_accepts + self.internal + self.differences


@dataclass(frozen=True)
class Case:
    """A case to judge: `kind` is token (`parts` are token and proof), mdoc (a response) or list (a status
    list, asked for the status at `index`)."""

    kind: str
    parts: list[bytes]
    index: int = 0

    def line(self) -> list[Any]:
        """The case as the start of a VM's input; the recorded answers follow."""
        return [self.kind, [part.hex() for part in self.parts], self.index]


class Recorded:
    """The library's answers on CPython, for the VM: valid signatures, and key agreements of `reader`."""

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
        """The result of borne.crypto.ecdh.KeyPair.shared. Raises DecodeError."""
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
        """The judgements on a batch of cases, so few that all answers fit in a pipe. Raises RuntimeError if
        the VM has ended."""
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
        """The honest cases that the generators start from."""
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
        """The judgement on this interpreter, and the recorded answers for a VM's own judgement."""
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
        """Whether the judgement `said` is a refusal, or a correct acceptance."""
        if case.kind == "list":
            return not isinstance(said, int) or self._lists.states(case.parts[0], case.index, said)
        code, _, shown, _ = said
        if SEVERITIES[code] not in (ACCEPT, WARN):
            return shown is None
        maker = self._tokens if case.kind == "token" else self._mdocs
        return maker.accepted(case.parts, code, shown)


def run(count: int, seed: int, advance: Callable[[int], None]) -> Outcome:
    """Judges `count` cases of `seed` on all processors; `advance` gets each finished chunk's number of cases.

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
    """The outcome of `count` cases of `seed` from number `first` on, and of the honest cases."""
    cases, outcome = Cases(), Outcome()
    with Vm(cases.world) as other:
        _judge(cases, other, list(enumerate(cases.honest(), -1000)), outcome)
        outcome.count = 0  # honest cases do not count as hostile
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
            # zlib gives up at once on a bad block, the VM's inflater only on reaching the block.
            if case.kind == "list" and said is None and isinstance(there, int):
                outcome.explained += 1
            else:
                outcome.differences.append(told)


def _word(said: Any) -> str:
    """The label that a list's judgement is counted under."""
    if isinstance(said, str):
        return "INTERNAL" if said.startswith("INTERNAL") else "refused"
    return "a status" if isinstance(said, int) else "nothing"
