"""The stand-in for an LED or a buzzer that is not fitted."""


class Absent:
    """Takes what the part would take, and does nothing."""

    def rgb(self, red: int, green: int, blue: int) -> None:
        pass

    def tone(self, hertz: int) -> None:
        pass
