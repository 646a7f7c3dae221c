"""An emulated terminal started with its button held: the prompt runs, the terminal's program does not."""

from mpremote.transport_serial import SerialTransport

from bornetools.emulator.machine.terminal import Terminal


class Prompt(Terminal):
    """A context manager. The whole application has been loaded, and no part of it started."""

    def power_on(self, ready: bool = False) -> None:
        self.panel.pressed = True
        super().power_on(ready)
        self._enter()

    def power_off(self) -> None:
        if self._on:
            self._transport.close()
        super().power_off()

    def run(self, program: str) -> str:
        """The output of `program` (source text), as text. Raises TransportExecError with its traceback."""
        with self.clock.hurried():
            said: bytes = self._transport.exec(program)
        return said.decode()

    def restarted_by(self, program: str) -> None:
        """Runs a program at whose end the machine restarts; then there is its prompt again."""
        self._transport.exec_raw_no_follow(program)
        self._transport.close()
        self.wait_event("restarted")
        self._enter()

    def start(self, program: str) -> None:
        """Starts a program that runs the terminal, and waits until it is ready: the port is the link's."""
        self.panel.pressed = False
        self._transport.exec_raw_no_follow(program)
        self._transport.close()
        self.subscribe()
        self.wait_event("ready")

    def _enter(self) -> None:
        self._transport = SerialTransport(self.port)
        with self.clock.hurried():
            self._transport.enter_raw_repl(soft_reset=False)
