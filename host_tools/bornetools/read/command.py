"""`borne read`: a reader on this computer does what the terminal does, with the firmware's own code.

nfcpy drives the reader and speaks ISO-DEP; the exchanges with phones and the verifiers are the firmware's.
"""

import asyncio
import errno
import json
import logging
import os
import secrets
import time
from contextlib import closing
from pathlib import Path

import click
import usb1
from nfc.clf import CommunicationError, ContactlessFrontend, RemoteTarget, pn53x, pn532, transport
from nfc.tag import TagCommandError
from nfc.tag.tt4 import Type4ATag

from borne import limits
from borne.crypto import comb
from borne.crypto.ecdh import KeyPair
from borne.errors import DecodeError, GoneError, NfcError, StoreError, UntrustedError
from borne.nfc.phones import Phones
from borne.token.key_set import KeySet
from borne.trust import policy, trustset
from borne.trust.status import StatusList
from borne.trust.store import FolderStore
from borne.verify import verifier
from borne.verify.unread import verdict_on
from borne.verify.verdict import Verdict
from bornetools import files, times
from bornetools.errors import UserError
from bornetools.verify.command import PURPOSES

_ISO_DEP = 0x20  # of SEL_RES: ISO/IEC 14443-3 section 6.5.3.4
_POLL_PAUSE = 0.1  # seconds

# How nfcpy says that a reader, or a phone, answers nonsense or nothing.
_READER_ERRORS = (OSError, IndexError, usb1.USBError, pn53x.Chipset.Error)
_PHONE_ERRORS = (TagCommandError, CommunicationError, IndexError)

_REASONS = {
    errno.ENOENT: "no such device",
    errno.EACCES: "no permission to use it",
    errno.EBUSY: "another program uses it",
    errno.ENODEV: "no reader there, or no permission to use it",
    errno.ETIMEDOUT: "no reader answers there",
}


def open_reader(device):
    """nfcpy's ContactlessFrontend on `device`: a path of nfcpy's (`usb`, `tty:USB0:pn532`), or that of
    a serial port with a PN532 (`/dev/ttyUSB0`), which may be a pseudo-terminal. Raises UserError.
    """
    logging.getLogger("nfc").setLevel(logging.CRITICAL)  # what it logs as errors, it also raises
    try:
        if not device.startswith("/"):
            return ContactlessFrontend(device)
        frontend = ContactlessFrontend()
        frontend.device = pn532.init(transport.TTY(device))
        return frontend
    except _READER_ERRORS as error:
        raise UserError(f"{device}: {_reason(error)}") from error


def _reason(error):
    if "libusb" in str(error):
        return "libusb-1.0 is not installed on this computer"
    number = getattr(error, "errno", None) or errno.ETIMEDOUT
    return _REASONS.get(number) or os.strerror(number)


class _Frontend:
    """A frontend for one tap of at most TAP_TIMEOUT, or then MDOC_TAP_TIMEOUT: nfcpy itself lets a phone ask
    for more time, or send more blocks, without end."""

    def __init__(self, frontend):
        self.max_send_data_size = frontend.max_send_data_size
        self.max_recv_data_size = frontend.max_recv_data_size
        self._frontend = frontend
        self._give(limits.TAP_TIMEOUT)

    def wait_for_wallet(self):
        self._give(limits.MDOC_TAP_TIMEOUT)

    def _give(self, milliseconds):
        self._ends = time.monotonic() + milliseconds / 1000

    def exchange(self, frame, timeout):
        left = self._ends - time.monotonic()
        if left <= 0:
            raise GoneError("the exchange took too long")
        return self._frontend.exchange(frame, min(timeout, left))


class Card:
    """An activated phone, as borne.nfc.phones uses one. Raises GoneError, as `exchange` does."""

    def __init__(self, frontend, target):
        frontend = _Frontend(frontend)
        self.wait_for_wallet = frontend.wait_for_wallet
        self._tag = self._ask(Type4ATag, frontend, target)

    async def exchange(self, command):
        return memoryview(bytes(self._ask(self._tag.transceive, bytes(command))))

    @staticmethod
    def _ask(function, *arguments):
        try:
            return function(*arguments)
        except _PHONE_ERRORS as error:
            raise GoneError("the phone does not answer") from error


class _Fresh:
    """The random numbers of one tap, as borne.randomness.prepared.Prepared has them."""

    @staticmethod
    def nonce():
        return secrets.token_bytes(limits.NONCE_SIZE)

    @staticmethod
    def key_pair():
        return KeyPair(1 + secrets.randbelow(comb.N - 1))


def wait_for_phone(frontend, seconds):
    """The first card of type A that comes to the reader, as nfcpy's RemoteTarget; None: none came."""
    ends = time.monotonic() + seconds
    while True:
        target = frontend.sense(RemoteTarget("106A"))
        if target or time.monotonic() >= ends:
            return target
        time.sleep(_POLL_PAUSE)


def judge(frontend, target, trust, terminal_id, purpose, now):
    """The Verdicts on the beneficiaries that the phone `target` carries, at `now`, unix seconds; `trust`
    is a TrustSet."""
    if not target.sel_res or not target.sel_res[0] & _ISO_DEP:
        return [Verdict("NO_APPLICATION", "not an ISO-DEP card")]
    try:
        card = Card(frontend, target)
        phones = Phones(terminal_id, _Fresh(), make_room=card.wait_for_wallet)
        found = asyncio.run(phones.read(card, purpose, now))
    except (NfcError, DecodeError) as error:
        return [verdict_on(error)]
    return [verifier.verify(evidence, trust, now) for evidence in found]


def trust_folder(path):
    """The TrustSet in a folder as on a terminal. Raises UserError."""
    try:
        return trustset.load(FolderStore(str(path)), lambda text: click.echo(text, err=True))
    except StoreError as error:
        raise UserError(f"{path}: {error}") from error


def trust_files(keys, status, rules, now):
    """The TrustSet of single files, which count as fresh at `now`. Raises UserError."""
    key_set = _decoded(KeySet.decode, keys, "key set")
    lists = []
    for path in status:
        try:
            lists.append(_decoded(lambda data: StatusList(data, key_set), path, "status list"))
        except UntrustedError as error:
            click.echo(f"{path}: left out: {error.reason}", err=True)
    chosen = _decoded(policy.decode, rules, "policy") if rules else policy.Policy()
    return trustset.TrustSet(key_set, chosen, now, lists)


def _decoded(decode, path, what):
    data = files.read_binary_or_hex(path, what)
    try:
        return decode(data)
    except UntrustedError:
        raise
    except DecodeError as error:
        raise UserError(f"{path}: not a usable {what}: {error.reason}") from error


@click.command()
@click.option("--device", required=True, help="usb, tty:USB0:pn532, or a serial port's path.")
@click.option(
    "--trust", type=click.Path(path_type=Path), help="A folder as a terminal's trust set."
)
@click.option("--keys", type=click.Path(), help="The issuers' COSE_KeySet, instead of --trust.")
@click.option("--status", multiple=True, type=click.Path(), help="A status list token; repeatable.")
@click.option("--policy", "rules", type=click.Path(), help="A policy, with --keys.")
@click.option("--purpose", type=click.Choice(PURPOSES), help="[default: the policy's first]")
@click.option("--terminal-id", default="borne-read", show_default=True)
@click.option("--at", type=times.TIME, help="ISO 8601 (UTC) or unix seconds. [default: now]")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds to wait for a phone.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="A JSON object for each beneficiary, a line each."
)
@click.pass_context
def command(ctx, device, trust, keys, status, rules, purpose, terminal_id, at, timeout, as_json):
    """Read one phone with a reader on this computer, and verify it as the terminal does.

    A wallet's mdoc is verified with --trust, whose folder has the IACA roots (iaca.cbor).

    Exit status: 0 if all whom the phone carries are VALID, 1 for every other verdict, 2 for a device,
    file or argument that cannot be used and when no phone comes. Nothing of the holder goes to JSON,
    which programs tend to log.
    """
    now = times.now() if at is None else at
    if bool(trust) == bool(keys) or (trust and (status or rules)):
        raise UserError("give either --trust, or --keys with --status and --policy")
    if not 0 < len(terminal_id.encode()) <= limits.TERMINAL_ID_MAX:
        raise UserError(f"--terminal-id takes 1 to {limits.TERMINAL_ID_MAX} bytes")
    known = trust_folder(trust) if trust else trust_files(keys, status, rules, now)
    allowed = known.policy.purposes
    if purpose not in (None, *allowed):
        raise UserError(f"the policy knows no purpose {purpose}: {', '.join(allowed)}")
    with closing(open_reader(device)) as frontend:
        try:
            target = wait_for_phone(frontend, timeout)
            if target is None:
                raise UserError(f"no phone came to the reader within {timeout:g} s")
            verdicts = judge(frontend, target, known, terminal_id, purpose or allowed[0], now)
        except _READER_ERRORS as error:
            raise UserError(f"{device}: the reader stopped answering") from error
    for verdict in verdicts:
        _print(verdict, now, as_json)
    ctx.exit(0 if all(verdict.severity == "accept" for verdict in verdicts) else 1)


def _print(verdict, now, as_json):
    holder = verdict.holder
    if as_json:
        answer = {
            "verdict": verdict.code,
            "severity": verdict.severity,
            "detail": verdict.detail,
            "until": holder.until if holder else None,
            "at": now,
        }
        click.echo(json.dumps(answer))
        return
    detail = f": {verdict.detail}" if verdict.detail else ""
    click.echo(f"{verdict.code} ({verdict.severity}){detail}")
    if holder:
        click.echo(f"{holder.given} {holder.family}, born {holder.birth_date}")
    if holder and holder.until:
        click.echo(f"entitled until {holder.until}")
