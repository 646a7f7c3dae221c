"""What stands in for an LED or a buzzer that is not fitted."""


class Absent:
    """Takes what the part would take, and does nothing."""

    def rgb(self, red, green, blue):
        pass

    def tone(self, hertz):
        pass
