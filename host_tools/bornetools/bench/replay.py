"""Runs on the emulated microcontroller, beside a program that measures: a chip and a screen without input
from outside, so that everything repeats exactly.

`case` is case.json, its bytes decoded.
"""

# mypy: ignore-errors

import json
from binascii import unhexlify

import framebuf


class Line:
    """A transport that replays the chip's frames: always ready, so that nothing waits."""

    def __init__(self, frames) -> None:
        self._frames = frames
        self._at = 0
        self._waiting = []

    async def wake(self) -> None:
        pass

    def write(self, frame):
        command, answers = self._frames[self._at]
        if bytes(frame) != command:
            raise ValueError("the terminal says something else")
        self._at += 1
        self._waiting = list(answers)

    def ready(self):
        return len(self._waiting) > 0

    async def read(self, buffer, _expected):
        frame = self._waiting.pop(0)
        buffer[: len(frame)] = frame
        return len(frame)

    def drain(self, buffer) -> None:
        self._waiting = []


class Display(framebuf.FrameBuffer):
    answers = True

    def __init__(self) -> None:
        super().__init__(bytearray(1024), 128, 64, framebuf.MONO_VLSB)

    def show(self) -> None:
        pass


def _load():
    with open("case.json") as file:
        case = json.load(file)
    case["nonce"] = unhexlify(case["nonce"])
    case["frames"] = [
        (unhexlify(command), [unhexlify(one) for one in answers])
        for command, answers in case["frames"]
    ]
    return case


case = _load()
