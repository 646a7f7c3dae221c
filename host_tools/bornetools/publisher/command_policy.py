"""`borne publish policy`: an option for each rule of borne.trust.policy."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from borne.trust.policy_rules import ELIGIBILITY_RULES, RULES, Rule
from bornetools.command_options import TIME_ZONE, json_option
from bornetools.publisher.command_options import folder, say
from bornetools.publisher.repository import Repository
from bornetools.times import DAY

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Setting:
    """The command-line option of a rule, where the rule does not define its form: `flag` in place of the
    rule's name, `unit` of the number, `most` as a sensible maximum below that of terminals, `words` for false
    and true, `type` of a text."""

    help: str | None = None
    flag: str | None = None
    unit: int = 1
    most: int | None = None
    words: tuple[str, str] | None = None
    type: "click.ParamType[Any] | None" = None

    def option(self, rule: Rule) -> Callable[[F], F]:
        """The decorator that adds the option to a command."""
        flag = self.flag or f"--{rule.name.replace('_', '-')}"
        shown: dict[str, Any] = {"help": self.help}
        if self.words:
            shown |= {"type": click.Choice(self.words), "default": self.words[rule.default]}
        elif isinstance(rule.default, bool):
            off = flag.replace("--", "--no-")
            flag = flag if "/" in flag else f"{flag}/{off}"
            shown |= {"default": rule.default}
        elif isinstance(rule.default, int):
            least, most = rule.among
            most = most // self.unit if self.most is None else self.most
            shown |= {"type": click.IntRange(least // self.unit, most)}
            shown |= {"default": rule.default // self.unit}
        elif isinstance(rule.default, tuple):
            shown |= {"multiple": True}
            shown |= {"type": click.Choice(rule.among)} if rule.among else {}
        elif self.type:
            shown |= {"type": self.type}
        if rule in ELIGIBILITY_RULES and not isinstance(rule.default, tuple):
            shown["default"] = None
        return click.option(flag, rule.name, show_default=shown.get("default") is not None, **shown)

    def value(self, rule: Rule, given: Any) -> Any:
        """The rule's value for the option's argument `given`."""
        if self.words:
            return bool(self.words.index(given))
        if isinstance(given, tuple):
            return list(given or rule.default)
        return given * self.unit if type(given) is int else given


SETTINGS = {
    "warn_after": Setting("Days.", unit=DAY, most=3650),
    "refuse_after": Setting("Days.", unit=DAY, most=3650),
    "clock_skew": Setting("Seconds."),
    "purposes": Setting(
        "Repeatable; the first is what terminals ask for [default: all].", "--purpose"
    ),
    "user_verification": Setting(),
    "relay_bound": Setting("Milliseconds for a phone's whole answer; 0: none.", most=10_000),
    "refuse_unexported": Setting(
        "The journal is full and was not exported: overwrite the oldest, or refuse taps.",
        "--when-full",
        words=("warn", "refuse"),
    ),
    "receipts": Setting("Keep the holders' proofs of presence, for billing."),
    "rest": Setting("Seconds that a verdict stays on the screen."),
    "whole_nir": Setting("The insured number shown.", "--whole-nir/--masked-nir"),
    "time_zone": Setting(
        "Of terminals without one of their own: a rule in POSIX form, or a zone such as Europe/Paris"
        " [default: UTC].",
        type=TIME_ZONE,
    ),
    "identity_to_software": Setting("Who the holder is, to practice software that asks for it."),
    "minimum_age": Setting("Years, of who holds a phone: not dependants.", most=150),
    "funds": Setting("A beginning of RR-CCC-NNNN; repeatable.", "--fund"),
    "departements": Setting("01..95, 2A...; repeatable.", "--departement"),
    "general_from": Setting("YYYY-MM-DD: from then on in every département."),
}


def _options(command: F) -> F:
    """Gives the command the options of all rules, in the order of SETTINGS."""
    rules = {rule.name: rule for rule in (*RULES, *ELIGIBILITY_RULES)}
    for name, setting in reversed(SETTINGS.items()):
        command = setting.option(rules[name])(command)
    return command


@click.group()
def policy() -> None:
    """What terminals do with valid tokens and old trust data."""


@policy.command("set")
@folder
@_options
@json_option
def set_policy(folder: Path, as_json: bool, **given: Any) -> None:
    """Set the whole policy of the draft: what is not given has its default."""
    rules = {
        rule.name: SETTINGS[rule.name].value(rule, given[rule.name])
        for rule in (*RULES, *ELIGIBILITY_RULES)
    }
    set_ = {name: value for name, value in rules.items() if value not in (None, [])}
    found = Repository(folder).set_policy(set_)
    result = {**rules, "when_full": given["refuse_unexported"]}
    del result["refuse_unexported"]
    days = (
        f"warn after {found.warn_after // DAY} days, refuse after {found.refuse_after // DAY} days"
    )
    restricted = any(rule.name in set_ for rule in ELIGIBILITY_RULES)
    say(as_json, result, f"policy: {days}" + (", not for everybody" if restricted else ""))
