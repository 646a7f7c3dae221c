"""`python -m bornetools.world.command_gallery docs`: pictures of the screens, for the documentation."""

from pathlib import Path

import click

from bornetools import files
from bornetools.languages import LANGUAGES
from bornetools.world import gallery


@click.command()
@click.argument("docs", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(docs: Path) -> None:
    """Draws screens.svg, some screens side by side, and screens/<language>/<NAME>.png, all of them, into
    the folder DOCS, replacing what is there."""
    drawn = {language: gallery.frames(language) for language in LANGUAGES}
    files.replace(docs / "screens.svg", gallery.svg(drawn.values()).encode())
    for language, screens in drawn.items():
        folder = docs / "screens" / language
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        for name, frame in screens.items():
            files.replace(folder / f"{name}.png", gallery.png(frame))


if __name__ == "__main__":
    main()
