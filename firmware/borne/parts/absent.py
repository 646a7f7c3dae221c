"""The stand-in for an LED or a buzzer that is not fitted."""


class Absent:
    """Has the part's methods, which do nothing."""

    def rgb(self, red: int, green: int, blue: int) -> None:
        pass

    def tone(self, hertz: int) -> None:
        pass
