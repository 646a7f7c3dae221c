"""The board's parts, and the first picture on its screen: before anything that takes long is imported.

Both languages, as no settings have been read yet: framebuf's own font, and no accents in it.
"""

import board

if False:  # for types only
    from borne.parts.protocols import Board

parts: "Board" = board.make()
parts.display.text("Borne", 44, 12)
parts.display.text("demarre...", 24, 32)
parts.display.text("is starting...", 8, 44)
parts.display.show()
