"""`borne provision`: gives a flashed board its id, language, time zone, trust root and time; and a reader
key."""

import contextlib
import hashlib
from pathlib import Path

import click

from borne.token.dates import unix_time
from borne.token.time_zone import UTC
from borne.trust.policy import Policy
from bornetools import files as host_files
from bornetools import time_zones, times
from bornetools.boards import flash_budget
from bornetools.command_options import PORT, TERMINAL_ID
from bornetools.errors import UserError
from bornetools.flash import command_reader_key as reader_key_command
from bornetools.flash import prompt, provision
from bornetools.flash.provision import Plan, Wanted
from bornetools.flash.steps import Steps
from bornetools.languages import LANGUAGES
from bornetools.link import ports
from bornetools.link.flash_folder import check_root

_PROMPT = (
    "nothing was changed. Check cable and port, and that no other program uses it; a terminal whose"
    " prompt is turned off is flashed anew"
)
_POLICY = "policy"  # in place of a time zone
_WRITE = "run the same command again: until it has ended well the terminal may accept nothing"


@click.group(invoke_without_command=True)
@click.option("--port", type=PORT, help="The terminal's serial port.")
@click.option(
    "--id", "terminal_id", type=TERMINAL_ID, help="The terminal's id, unlike any other's."
)
@click.option("--language", type=click.Choice(LANGUAGES), help="Of its screen.")
@click.option(
    "--time-zone",
    help="Of its counter, if not the policy's: a rule in POSIX form, or a zone such as Europe/Paris;"
    f" {_POLICY}: the policy's again.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="metadata/1.root.json of the trust repository that it is to believe.",
)
@click.option(
    "--replace-root", is_flag=True, help="Forget the root that it trusts, and all trust data."
)
@click.pass_context
def command(
    context: click.Context,
    port: str,
    terminal_id: str,
    language: str,
    time_zone: str | None,
    root: Path | None,
    replace_root: bool,
) -> None:
    """Give a terminal its id, language, time zone, trust root and time.

    At first all but the time zone are needed; afterwards what is not given stays. The time is this
    computer's, and becomes the moment before which the terminal never believes it to be. Exit status 1 if
    a step failed.
    """
    if context.invoked_subcommand:
        if any((port, terminal_id, language, time_zone, root, replace_root)):
            raise UserError(f"put the options behind {context.invoked_subcommand}")
        return
    if port is None:
        raise click.MissingParameter(param_hint="'--port'", param_type="option")
    if replace_root and not root:
        raise UserError("--replace-root needs --root")
    if time_zone is not None:
        time_zone = provision.POLICY_ZONE if time_zone == _POLICY else time_zones.rule(time_zone)
    data = host_files.read(root, "root.json") if root else None
    if data is not None:
        check_root(data)
    ports.there(port)
    now = times.now()
    steps = Steps(prompt.ERRORS)
    with contextlib.ExitStack() as stack:
        with steps.step(f"asking the terminal on {port} what it has", _PROMPT):
            at = stack.enter_context(prompt.open_prompt(port))
            wanted = Wanted(now, terminal_id, language, time_zone, data, replace_root)
            plan = provision.plan(at, wanted)
            files, sizes = at.sizes()
            flash_budget.require(files, flash_budget.application(sizes))
        with steps.step("writing the terminal's own files", _WRITE):
            rtc = provision.carry_out(at, plan)
            at.restart()
    click.echo("\n".join(summary(plan, now, rtc) + flash(files, sizes)))


command.add_command(reader_key_command.command)


def _zone(rule: str | None, now: int) -> str:
    if rule is None:
        return f"the policy's; where it has none, {UTC}"
    return f"{rule}: it is {time_zones.says(rule, now)} there"


def summary(plan: Plan, now: int, rtc: bool) -> list[str]:
    """The terminal's data after provisioning, in lines for the person who compares."""
    root = check_root(plan.root)
    expires = unix_time(root["expires"])
    if expires is None:
        raise UserError("the root says no time at which it expires")
    days = [seconds // times.DAY for seconds in (Policy().warn_after, Policy().refuse_after)]
    rows = [
        ("terminal", plan.settings.terminal_id),
        ("language", plan.settings.language),
        ("time zone", _zone(plan.settings.time_zone, now)),
        ("trust root", f"version {root['version']}, expires {times.date(expires)}"),
        ("its SHA-256", hashlib.sha256(plan.root).hexdigest()),
        (
            "time",
            times.write(now) + (", in its RTC too" if rtc else ", no RTC: each sync tells it"),
        ),
        (
            "policy",
            "the first release's; where it is silent, trust data is warned of after"
            f" {days[0]} days and refused after {days[1]}",
        ),
    ]
    lines = [f"{label:14} {value}" for label, value in rows]
    if now >= expires:
        lines.append(
            "note: by this computer's clock this root has expired. Either the clock is wrong, and the"
            " terminal now too, or the repository has a newer root: sync brings it"
        )
    return lines


def flash(files: int, sizes: dict[str, int]) -> list[str]:
    """What the flash takes, in lines like those of `summary`: `files` is the file system's size, `sizes` are
    those of the files in it."""
    application = flash_budget.application(sizes)
    room = flash_budget.for_lists(files, application)
    place = (
        f"{application:,} of them the application's"
        if application
        else "the application is in the image"
    )
    lines = [f"{'flash':14} {files:,} bytes for files, {place}; room for {flash_budget.says(room)}"]
    lacking = flash_budget.lacks(room)
    return lines + ([f"note: {lacking}"] if lacking else [])
