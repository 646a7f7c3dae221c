"""A plain static HTTP server for trials, of only the published part of a repository."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bornetools.errors import UserError

_PUBLISHED = ("metadata", "targets")  # never keys/ nor draft/


class _Handler(SimpleHTTPRequestHandler):
    server_version = "borne"
    sys_version = ""
    extensions_map = {".json": "application/json", "": "application/octet-stream"}

    def send_head(self) -> Any:
        # The resolved path counts, not its spelling with `..`, links and percent signs.
        root = Path(self.directory).resolve()
        path = Path(self.translate_path(self.path)).resolve()
        if path.is_file() and any(path.is_relative_to(root / name) for name in _PUBLISHED):
            return super().send_head()
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(path: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves `metadata/` and `targets/` of the repository folder `path` within the context.

    Yields the base URL. `port` 0 takes a free port. Raises UserError.
    """

    def handler(*args: Any) -> _Handler:
        return _Handler(*args, directory=str(path))

    try:
        server = ThreadingHTTPServer((host, port), handler)
    except (OSError, OverflowError) as error:
        raise UserError(f"cannot serve on {host}, port {port}: {error}") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
