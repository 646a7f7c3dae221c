"""`borne tuf-client`: the terminal's TUF client at work on this computer, against any TUF repository.

Its command line is that of clients under test in the suite tuf-conformance.
"""

from pathlib import Path
from typing import Any, cast

import click

from borne.errors import TrustError
from borne.trust import tuf
from bornetools import files, times
from bornetools.errors import UserError
from bornetools.tuf_client.client import MetadataFolder, Web, WideMetadata, download_target


class _Failure(click.ClickException):
    exit_code = 1  # for every failure: the suite wants it so


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TrustError as error:
            raise _Failure(f"{error.code}: {error}") from error
        except (UserError, OSError) as error:
            raise _Failure(str(error)) from error


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=_Group, short_help="Use the firmware's TUF client on any repository.")
@click.option("--metadata-dir", type=_FOLDER, required=True, help="Folder of trusted metadata.")
@click.option("--metadata-url", help="Where the repository's metadata is.")
@click.option("--target-name", multiple=True, help="A target to download; repeatable.")
@click.option("--target-base-url", help="Where the repository's targets are.")
@click.option("--target-dir", type=_FOLDER, help="Folder for downloaded targets.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Use the firmware's TUF client on any repository.

    Exits with 0 if all went well and with 1 if anything was refused or failed.
    """
    ctx.obj = options


@command.command()
@click.argument("root", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def init(options: Any, root: Path) -> None:
    """Trust ROOT, a root.json that came by a safe way."""
    data = files.read(root, "root")
    WideMetadata(data)
    store = MetadataFolder(options["metadata_dir"])
    if store.read("root") not in (None, data):
        raise UserError(f"{options['metadata_dir']} trusts another root: nothing was overwritten")
    store.write("root", data)


@command.command()
@click.pass_obj
def refresh(options: Any) -> None:
    """Bring the trusted metadata up to date."""
    _refresh(options)


@command.command()
@click.pass_obj
def download(options: Any) -> None:
    """Bring metadata up to date, then download each --target-name."""
    names = _given(options, "target_name")
    targets, folder = Web(_given(options, "target_base_url")), _given(options, "target_dir")
    trusted, store, metadata, now = _refresh(options)
    for name in names:
        click.echo(download_target(trusted, store, metadata, targets, name, folder, now))


def _refresh(options: Any) -> tuple[WideMetadata, MetadataFolder, Web, int]:
    store = MetadataFolder(options["metadata_dir"])
    metadata = Web(_given(options, "metadata_url"))
    now = times.now()
    trusted = tuf.refresh(store, metadata.fetch, now, WideMetadata)
    return cast(WideMetadata, trusted), store, metadata, now


def _given(options: Any, name: str) -> Any:
    if not options[name]:
        raise UserError("--" + name.replace("_", "-") + " is needed")
    return options[name]
