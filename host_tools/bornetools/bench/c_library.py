"""The cost of a verification by a C library, Debian's mbedTLS, on the same emulated microcontroller."""

import re
import subprocess
from pathlib import Path
from typing import Any

from bornetools import firmware
from bornetools.errors import UserError
from bornetools.on_micropython import micropython_source

OPTIONS = ("-Os", "-O2")
_FOLDER = micropython_source.BUILD / "mbedtls"
_PROGRAM = Path(__file__).with_name("c_library.c")
_SCRIPT = firmware.BOARDS / "QEMU_MPS2" / "mps2.ld"
_PARTS = ("ecdsa", "ecp", "ecp_curves", "bignum", "bignum_core", "constant_time", "platform_util")
# The library's default without what needs an operating system, such as the time in platform_util.c.
_CONFIG = "#undef MBEDTLS_HAVE_TIME\n#undef MBEDTLS_HAVE_TIME_DATE\n"
_TOOLS = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "qemu-system-arm": "qemu-system-arm",
}


def missing() -> list[str]:
    """The Debian packages that are still needed."""
    return micropython_source.missing(_TOOLS)


def measure() -> dict[str, Any]:
    """The library's "version", and for each of OPTIONS the "instructions" of a verification and the "bytes"
    of the program. Raises UserError, also if it verifies wrongly."""
    packages = missing()
    if packages:
        raise UserError("the C library's verification needs: apt install " + " ".join(packages))
    with micropython_source.locked():
        if not (_FOLDER / "library").is_dir():
            micropython_source.fetch(micropython_source.Package("mbedtls", _FOLDER))
        header = (_FOLDER / "include" / "mbedtls" / "build_info.h").read_text()
        (version,) = re.findall(r'VERSION_STRING +"([0-9.]+)"', header)
        return {"version": version, **{option: _measure(option) for option in OPTIONS}}


def _measure(option: str) -> dict[str, int]:
    image, config = _FOLDER / "verify.elf", _FOLDER / "borne_config.h"
    config.write_text(_CONFIG)
    micropython_source.run(
        *("arm-none-eabi-gcc", option, "-mcpu=cortex-m3", "-mthumb", "-std=gnu11"),
        *("-ffunction-sections", "-fdata-sections", "-nostartfiles", "--specs=nosys.specs"),
        *(f"-I{_FOLDER / 'include'}", f'-DMBEDTLS_USER_CONFIG_FILE="{config}"'),
        *("-Wl,--gc-sections", "-T", _SCRIPT, _PROGRAM, "-o", image),
        *(_FOLDER / "library" / f"{part}.c" for part in _PARTS),
    )
    size = micropython_source.run("arm-none-eabi-size", image).splitlines()[1].split()
    said = subprocess.run(
        [
            *("qemu-system-arm", "-machine", "mps2-an385", "-kernel", str(image)),
            *("-semihosting-config", "enable=on,target=native", "-icount", "shift=0"),
            *("-display", "none", "-monitor", "none", "-serial", "none", "-no-reboot"),
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    found = re.fullmatch(r"accepted 1\nrefused 1\ninstructions (\d+)\n", said.stdout + said.stderr)
    if not found:
        raise UserError(f"mbedTLS on the emulated microcontroller said: {said.stdout}{said.stderr}")
    return {"instructions": int(found[1]), "bytes": int(size[0]) + int(size[1])}


def markdown(measured: dict[str, Any]) -> str:
    """The lines for a document."""
    lines = [
        f"| Debian's mbedTLS {measured['version']}, compiled with | instructions, M | program, bytes |",
        "| --- | ---: | ---: |",
    ]
    for option in OPTIONS:
        row = measured[option]
        lines.append(f"| {option} | {row['instructions'] / 1e6:.2f} | {row['bytes']:,} |")
    return "\n".join(lines) + "\n"
