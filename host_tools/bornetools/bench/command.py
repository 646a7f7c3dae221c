"""`borne bench`: the command line over bornetools.bench."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from bornetools import files, power_cuts
from bornetools.bench import (
    c_library,
    chart,
    command_flash,
    device,
    device_report,
    differential,
    link,
    mdoc,
    memory,
    pico,
    revocation,
    soak,
    start,
)
from bornetools.bench.command_marked import Marked, write_option
from bornetools.boards import board
from bornetools.command_options import json_option
from bornetools.emulator.machine.pico import BOARD, Pico
from bornetools.errors import UserError
from bornetools.hostile import run as hostile
from bornetools.on_micropython import natmod, rp2_image


@click.group(name="bench")
def command() -> None:
    """Measure what the documentation says."""


@command.command("revocation")
@json_option
@write_option
@click.pass_context
def revocation_command(ctx: click.Context, as_json: bool, document: Path | None) -> None:
    """Sizes of revocation lists against the entropy bound and against other forms, and their look-ups.

    Takes some minutes. Exit status 1 if a look-up went wrong.
    """
    if document:
        Marked(document, "revocation")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        rows = revocation.measure(progress)
    if document:
        picture = document.with_suffix(".svg")
        files.replace(picture, chart.draw(rows).encode())
        made = f"{revocation.markdown(rows)}\n![{chart.TITLE}]({picture.name})\n"
        Marked(document, "revocation").write(made)
    if as_json:
        lists = [{**asdict(row), "ratio": row.ratio(row.rsl)} for row in rows]
        click.echo(json.dumps({"lists": lists}))
    else:
        Console(highlight=False).print(revocation.table(rows))
    ctx.exit(1 if any(row.wrong for row in rows) else 0)


@command.command("device")
@json_option
@write_option
def device_command(as_json: bool, document: Path | None) -> None:
    """A tap and a start on the emulated microcontroller, step by step: instructions, allocations, peak of the
    heap.

    Takes some seconds, and what `make qemu` needs. The document's name with .json has what was before, and
    gets what is now; that with .svg gets the picture.
    """
    if document:
        Marked(document, "device")
        Marked(document, "start")
    measured, started = device.measure(), start.measure()
    before = device_report.recorded(document or device_report.DOCUMENT)["before"]
    if document:
        picture = document.with_suffix(".svg")
        record = json.dumps({"before": before, **measured, "start": started}, indent=1) + "\n"
        files.replace(document.with_suffix(".json"), record.encode())
        files.replace(picture, device_report.picture(before, measured).encode())
        made = device_report.markdown(before, measured, picture.name)
        Marked(document, "device").write(made)
        Marked(document, "start").write(start.markdown(started, device_report.clocks()))
    if as_json:
        click.echo(json.dumps({**measured, "start": started}))
    else:
        Console(highlight=False).print(device_report.table(before, measured))
        Console(highlight=False).print(start.table(started))


@command.command("pico")
@click.option(
    "--image", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="This UF2 file."
)
@click.option("--profile", is_flag=True, help="Say which functions the cycles go to.")
@write_option
def pico_command(image: Path | None, profile: bool, document: Path | None) -> None:
    """A start and taps of the terminal on an emulated Pico: instructions, cycles, heap.

    Takes a minute or two, and what `make pico` needs. A picture of the display, pico.svg, is put beside the
    document.
    """
    if document:
        Marked(document, "pico")
    built = image or rp2_image.build(board.find(BOARD))
    steps = pico.measure(built, profile)
    if document:
        files.replace(document.with_name("pico.svg"), pico.picture(steps).encode())
        Marked(document, "pico").write(pico.markdown(steps))
    console = Console(highlight=False)
    console.print(pico.table(steps))
    if profile:
        for step in steps:
            console.print(f"\n{step.name}")
            for name, share in pico.functions(step, built.with_suffix(".elf")):
                console.print(f"{share:7.1%}  {name}")


@command.command("c-library")
@write_option
def c_library_command(document: Path | None) -> None:
    """A signature verified by a C library, Debian's mbedTLS, on the emulated microcontroller."""
    if document:
        Marked(document, "c-library")
    made = c_library.markdown(c_library.measure())
    if document:
        Marked(document, "c-library").write(made)
    click.echo(made, nl=False)


@command.command("host")
@click.option(
    "--differential",
    "count",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="So many signatures, random and at edges.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--vm",
    "machine",
    type=click.Choice(["micropython", "cpython"]),
    default="micropython",
    show_default=True,
)
@click.option("--native", is_flag=True, help="The native module, compiled for this computer.")
@click.pass_context
def host_command(ctx: click.Context, count: int, seed: int, machine: str, native: bool) -> None:
    """The firmware's P-256 on this computer against another library: where their answers differ.

    Exit status 1 if they do. 100,000 signatures take some 20 minutes, with --native some four.
    """
    module = None
    if native:
        if machine != "micropython" or not natmod.HOST:
            raise UserError("--native is for MicroPython on a computer with an x86-64 processor")
        module = natmod.build(natmod.HOST)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("signatures", total=count)
        wrong = differential.run(
            count, seed, machine == "micropython", lambda: progress.advance(task), module
        )
    for line in wrong:
        click.echo(line)
    how = f"{machine}, native module" if native else machine
    click.echo(f"{count:,} signatures (seed {seed}, {how}): {len(wrong)} answers differ")
    ctx.exit(1 if wrong else 0)


@command.command("soak")
@click.option("--taps", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--machine", type=click.Choice(["vm", "pico"]), default="vm", show_default=True)
@click.pass_context
def soak_command(ctx: click.Context, taps: int, seed: int, machine: str) -> None:
    """Taps of one emulated terminal in virtual time, in random order: verdicts and events.

    1,000 taps take less than a minute, on the emulated Pico some two hours. Exit status 1 if a verdict was
    wrong, or an event missing.
    """
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("taps", total=taps)
        on = Pico() if machine == "pico" else None
        wrong = soak.run(taps, seed, lambda: progress.advance(task), on)
    for line in wrong:
        click.echo(line)
    if on:
        counts = on.counts()
        click.echo(
            f"{counts.lost} bytes from the reader lost, {counts.writes:,} writes to the flash"
        )
    click.echo(f"{taps:,} taps (seed {seed}): {len(wrong)} wrong")
    ctx.exit(1 if wrong else 0)


@command.command("hostile")
@click.option("--cases", "count", type=click.IntRange(1), default=100_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.pass_context
def hostile_command(ctx: click.Context, count: int, seed: int) -> None:
    """Hostile tokens, mdocs and status lists before the verifier, on both interpreters.

    Counts what is accepted though nobody has signed it, errors of the verifier's own, and judgements that
    differ, and prints each as a line of JSON. A million cases take some twenty minutes. Exit status
    1 if there are any such.
    """
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("cases", total=count)
        outcome = hostile.run(count, seed, lambda judged: progress.advance(task, judged))
    for line in outcome.wrong:
        click.echo(line)
    for said, number in sorted(outcome.said.items()):
        click.echo(f"{said:<24}{number:>12,}")
    click.echo(
        f"{outcome.count:,} cases (seed {seed}): {len(outcome.false_accepts)} false accepts, "
        f"{len(outcome.internal)} internal errors, {len(outcome.differences)} differences, "
        f"{outcome.explained} explained"
    )
    ctx.exit(1 if outcome.wrong else 0)


@command.command("memory")
@click.option("--rounds", type=click.IntRange(2), default=memory.ROUNDS, show_default=True)
@write_option
def memory_command(document: Path | None, rounds: int) -> None:
    """The terminal's heap on the emulated microcontroller: in a tap, in a sync, after many taps.

    In a round each wallet of the demo is tapped, and nine phones with tokens before each. Takes some ten
    minutes, and what `make qemu` needs.
    """
    if document:
        Marked(document, "memory")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("taps and syncs", total=1)
        rows = memory.measure(lambda share: progress.advance(task, share), rounds)
    made = memory.markdown(rows)
    if document:
        Marked(document, "memory").write(made)
    click.echo(made, nl=False)


@command.command("mdoc")
@json_option
@write_option
def mdoc_command(as_json: bool, document: Path | None) -> None:
    """Verifying mdocs on the emulated microcontroller: instructions by check, heap beside the response.

    Takes some three minutes, and what `make qemu` needs.
    """
    if document:
        Marked(document, "mdoc")
    measured = mdoc.measure()
    made = mdoc.markdown(measured)
    if document:
        Marked(document, "mdoc").write(made)
    click.echo(json.dumps(measured) if as_json else made, nl=as_json)


@command.command("link")
@json_option
@write_option
def link_command(as_json: bool, document: Path | None) -> None:
    """Syncs of an emulated terminal by a serial line that is as slow as a real one.

    Takes some four minutes.
    """
    if document:
        Marked(document, "link")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("syncs", total=link.STEPS)
        rows = link.measure(lambda: progress.advance(task))
    if document:
        Marked(document, "link").write(link.markdown(rows))
    if as_json:
        click.echo(json.dumps({"syncs": [{**asdict(row), "share": row.share} for row in rows]}))
    else:
        click.echo(link.markdown(rows), nl=False)


@command.command("power-cuts")
@write_option
@click.pass_context
def power_cuts_command(ctx: click.Context, document: Path | None) -> None:
    """Cut the power at every write to flash of a sync, on littlefs, and see what a terminal has left.

    Takes some minutes. Exit status 1 if anything was lost.
    """
    if document:
        Marked(document, "power-cuts")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("cuts", total=None)
        results = power_cuts.run(
            lambda done, total: progress.update(task, completed=done, total=total)
        )
    made = power_cuts.markdown(results)
    if document:
        Marked(document, "power-cuts").write(made)
    click.echo(made, nl=False)
    lost = [line for result in results for line in result.lost]
    for line in lost:
        click.echo(line, err=True)
    ctx.exit(1 if lost else 0)


command.add_command(command_flash.flash)
command.add_command(command_flash.releases)
