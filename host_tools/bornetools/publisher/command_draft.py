"""`borne publish policy` and `borne publish status`."""

from dataclasses import asdict

import click

from borne import limits
from bornetools import files
from bornetools.command_options import json_option
from bornetools.errors import UserError
from bornetools.issuer import trustset
from bornetools.issuer.proof import PURPOSES
from bornetools.publisher.command_options import PATH, at_option, folder, say, time_of
from bornetools.publisher.progress import bar
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

_DAYS = click.IntRange(0, 3650)


@click.group()
def policy():
    """What terminals do with valid tokens and old trust data."""


@policy.command("set")
@folder
@click.option("--warn-after", default=7, show_default=True, type=_DAYS, help="Days.")
@click.option("--refuse-after", default=30, show_default=True, type=_DAYS, help="Days.")
@click.option(
    "--clock-skew",
    default=limits.CLOCK_SKEW_MAX,
    show_default=True,
    type=click.IntRange(0, limits.CLOCK_SKEW_MAX),
    help="Seconds.",
)
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice(PURPOSES),
    multiple=True,
    help="Repeatable; the first is what terminals ask for [default: all].",
)
@click.option("--user-verification/--no-user-verification", default=True, show_default=True)
@click.option(
    "--relay-bound",
    default=0,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="Milliseconds; 0: none.",
)
@click.option(
    "--when-full",
    default="warn",
    show_default=True,
    type=click.Choice(["warn", "refuse"]),
    help="The journal is full and was not exported: overwrite the oldest, or refuse taps.",
)
@click.option(
    "--receipts/--no-receipts",
    default=False,
    show_default=True,
    help="Keep the holders' proofs of presence, for billing.",
)
@click.option(
    "--rest",
    default=6,
    show_default=True,
    type=click.IntRange(limits.REST_MIN, limits.REST_MAX),
    help="Seconds that a verdict stays on the screen.",
)
@click.option(
    "--whole-nir/--masked-nir", default=False, show_default=True, help="The insured number shown."
)
@click.option(
    "--identity-to-software/--no-identity-to-software",
    default=False,
    show_default=True,
    help="Who the holder is, to practice software that asks for it.",
)
@click.option(
    "--minimum-age",
    type=click.IntRange(0, 150),
    help="Years, of who holds a phone: not dependants.",
)
@click.option("--fund", "funds", multiple=True, help="A beginning of RR-CCC-NNNN; repeatable.")
@click.option("--departement", "departements", multiple=True, help="01..95, 2A...; repeatable.")
@click.option("--general-from", help="YYYY-MM-DD: from then on in every département.")
@json_option
def set_policy(
    folder,
    warn_after,
    refuse_after,
    clock_skew,
    purposes,
    user_verification,
    relay_bound,
    when_full,
    receipts,
    rest,
    whole_nir,
    identity_to_software,
    minimum_age,
    funds,
    departements,
    general_from,
    as_json,
):
    """Set the whole policy of the draft: what is not given has its default."""
    eligibility = {
        trustset.MINIMUM_AGE: minimum_age,
        trustset.FUNDS: list(funds) or None,
        trustset.DEPARTEMENTS: list(departements) or None,
        trustset.GENERAL_FROM: general_from,
    }
    fields = {
        trustset.WARN_AFTER: warn_after * DAY,
        trustset.REFUSE_AFTER: refuse_after * DAY,
        trustset.CLOCK_SKEW: clock_skew,
        trustset.PURPOSES_ALLOWED: list(purposes or PURPOSES),
        trustset.USER_VERIFIED: user_verification,
        trustset.RELAY_BOUND: relay_bound,
        trustset.REFUSE_UNEXPORTED: when_full == "refuse",
        trustset.RECEIPTS: receipts,
        trustset.ELIGIBILITY: {key: rule for key, rule in eligibility.items() if rule is not None},
        trustset.REST: rest,
        trustset.WHOLE_NIR: whole_nir,
        trustset.IDENTITY_TO_SOFTWARE: identity_to_software,
    }
    Repository(folder).set_policy(fields)
    result = {
        "warn_after": warn_after * DAY,
        "refuse_after": refuse_after * DAY,
        "clock_skew": clock_skew,
        "purposes": fields[trustset.PURPOSES_ALLOWED],
        "user_verification": user_verification,
        "relay_bound": relay_bound,
        "when_full": when_full,
        "receipts": receipts,
        "rest": rest,
        "whole_nir": whole_nir,
        "identity_to_software": identity_to_software,
        "minimum_age": minimum_age,
        "funds": list(funds),
        "departements": list(departements),
        "general_from": general_from,
    }
    line = f"policy: warn after {warn_after} days, refuse after {refuse_after} days"
    say(as_json, result, line + (", not for everybody" if fields[trustset.ELIGIBILITY] else ""))


@click.group()
def status():
    """Revocation lists, made from issuers' status lists."""


@status.command("import")
@folder
@click.argument("file", type=PATH)
@click.option("--list", "slug", help="The list's name (a-z, 0-9, -), when it is new.")
@click.option(
    "--uri",
    help="Its URI, to confirm a new list that is not at its issuer's host, or is signed by a certificate.",
)
@at_option
@json_option
def import_status(folder, file, slug, uri, at, as_json):
    """Take FILE, an issuer's Token Status List or identifier list (CWT), into the draft.

    It has to be signed by a key of the draft (borne publish keys add), or come with a certificate that a
    root of the draft has issued (borne publish roots add).
    """
    token = files.read_binary_or_hex(file, "status list")
    repository = Repository(folder)
    try:
        made = repository.import_status(token, time_of(at), slug=slug, uri=uri, progress=bar)
    except UserError as error:
        raise UserError(f"{file}: {error.message}") from error
    counts = ", ".join(f"{count} in {name}" for name, count in made.counts.items())
    line = f"list {made.slug}, version {made.version}: {counts}"
    line += "" if made.size is None else f", of {made.size} tokens"
    if made.files:
        line += "; " + ", ".join(f"{name} {size} bytes" for name, size in made.files.items())
    say(as_json, asdict(made), line if made.files else line + "; nothing new")
