"""Windowed Xtensa code, as ESP32 and ESP32-S3 run it, by Debian's compiler for the lx106 (ESP8266).

    python -m bornetools.on_micropython.xtensa_windowed gcc ARGUMENT...

runs that compiler. It emits windowed code, but its assembler knows the lx106's instructions alone. So
the others are written as bytes between the two. What is in neither is refused by the assembler.

Encodings: Xtensa Instruction Set Architecture Reference Manual, chapter "Instruction Descriptions"; they
belong to the Windowed Register, Code Density and 32-bit Integer Multiply Options.
tests/device/test_native_xtensa.py compares them with a disassembler that knows ESP32 and ESP32-S3.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

COMPILER = "xtensa-lx106-elf-gcc"
# Where Debian's C library for this compiler has its headers. Its code is of the other calling convention.
_HEADERS = "/usr/lib/xtensa-lx106-elf/include"
_OPTIONS = ("-mabi=windowed", "-isystem", _HEADERS)
_STATEMENT = re.compile(r"\s+([a-z][a-z0-9.]*)(?:\s+([^#]*))?(?:#.*)?\n")


def _register(name: str) -> int:
    return 1 if name == "sp" else int(name.removeprefix("a"))


def _rrr(word: int, r: str, s: str, t: str) -> int:
    return word | _register(r) << 12 | _register(s) << 8 | _register(t) << 4


# Name: the instruction's word and the number of its bytes, from its operands.
INSTRUCTIONS: dict[str, Callable[..., tuple[int, int]]] = {
    "entry": lambda s, size: (0x000036 | int(size, 0) // 8 << 12 | _register(s) << 8, 3),  # BRI12
    "callx8": lambda s: (0x0000E0 | _register(s) << 8, 3),  # CALLX
    "movsp": lambda t, s: (_rrr(0x000000, "a1", s, t), 3),  # RRR, whose r is 1
    "retw": lambda: (0x000090, 3),  # CALLX
    "retw.n": lambda: (0xF01D, 2),  # RRRN
    "mulsh": lambda r, s, t: (_rrr(0xB20000, r, s, t), 3),  # RRR
}
# A callee finds its return address here after CALLX8: nobody keeps anything in this register.
_CALL = "a8"


def encode(name: str, *operands: str) -> bytes:
    """The bytes of one of INSTRUCTIONS."""
    word, size = INSTRUCTIONS[name](*operands)
    return word.to_bytes(size, "little")


def translate(line: str) -> str:
    """A line of the compiler's output for the assembler. A call goes through a register, as its distance is
    not known here."""
    statement = _STATEMENT.fullmatch(line)
    if not statement:
        return line
    name, operands = statement[1], (statement[2] or "").replace(",", " ").split()
    if name == "call8":
        return f"\tmovi\t{_CALL}, {operands[0]}\n" + translate(f"\tcallx8\t{_CALL}\n")
    if name not in INSTRUCTIONS:
        return line
    code = ", ".join(map(hex, encode(name, *operands)))
    return f"\t.byte\t{code} # {line.strip()}\n"


def main(arguments: list[str]) -> int:
    """Runs the compiler. Returns its exit status."""
    if "-c" not in arguments:
        return subprocess.call([COMPILER, *arguments])
    at = arguments.index("-o")
    target = arguments[at + 1]
    rest = [argument for argument in arguments[:at] + arguments[at + 2 :] if argument != "-c"]
    with tempfile.TemporaryDirectory(prefix="borne-xtensa-") as folder:
        assembly = Path(folder, "code.s")
        status = subprocess.call([COMPILER, *_OPTIONS, *rest, "-S", "-o", assembly])
        if status:
            return status
        lines = assembly.read_text().splitlines(keepends=True)
        assembly.write_text("".join(map(translate, lines)))
        return subprocess.call([COMPILER, "-c", "-o", target, assembly])


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
