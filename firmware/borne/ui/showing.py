"""The verdict on the screen, for each beneficiary of a phone, until its time is over."""

import time

from borne.verify.verdict import ACCEPT, WARN, Verdict

if False:  # for types only
    from typing import Callable

    from borne.protocols import AnyEvidence
    from borne.trust.policy import Policy
    from borne.ui.question import Question
    from borne.ui.screens import Screens
    from borne.ui.signals import Signals

_NOTHING: list = []  # never changed


class Showing:
    """Draws on `screens` and plays on `signals`; the button of `question` steps to the next beneficiary.
    `decide` is called at the first step to a beneficiary, and calls `verdict`: a beneficiary never looked at
    is never judged, and the first verdict waits for no other.

    `lasts` is True while a verdict is on the screen; `place` is the index of its beneficiary. The caller sets
    `whole` to False before the phone is read again: the Evidence of other beneficiaries is then void.
    """

    def __init__(
        self,
        screens: "Screens",
        signals: "Signals",
        question: "Question",
        decide: "Callable[[AnyEvidence], None]",
    ) -> None:
        self._screens = screens
        self._signals = signals
        self._question = question
        self._decide = decide
        self.place = 0
        self.lasts = self.whole = False
        self._since = time.ticks_ms()  # ticks when it was shown
        self._shown: Verdict | None = None
        # If a phone carries several beneficiaries, the Evidence of each until it is judged, and its Verdict
        # from then on. An object kept for seconds breaks the free heap, which a commit may need in one piece.
        self._found = self._verdicts = _NOTHING

    def hide(self) -> None:
        """Something else is on the screen."""
        self.lasts = False

    def forget(self) -> None:
        """Forgets all beneficiaries."""
        self._found = self._verdicts = _NOTHING
        self._shown = None

    def begin(self, found: list) -> None:
        """A phone was read: `found` has the Evidence of each beneficiary. The first verdict comes next."""
        self.place = 0
        self.whole = True
        self.forget()
        if len(found) > 1:
            self._found, self._verdicts = found, [None] * len(found)
        self._question.pressed()  # a button held since before does not step on

    def verdict(self, verdict: Verdict, policy: "Policy") -> None:
        """Shows the Verdict on the beneficiary at `place`, by the Policy."""
        if self._found:
            self._found[self.place], self._verdicts[self.place] = None, verdict
        self._shown = verdict
        self._draw(policy)
        unread = verdict.severity == ACCEPT and not self._screens.answers
        self._signals.play(
            WARN if unread else verdict.severity
        )  # the name has to be read elsewhere
        self.lasts, self._since = True, time.ticks_ms()

    def again(self, found: list, policy: "Policy") -> None:
        """The phone was read again, with the same verdict on the same beneficiaries: shows the screen as if
        just come, but in silence. `found` replaces the earlier Evidence."""
        self.whole = True
        for place in range(len(self._found)):
            if self._found[place] is not None:
                self._found[place] = found[place]
        self.back(policy)
        self._since = time.ticks_ms()

    def back(self, policy: "Policy") -> None:
        """Another screen in its place is over: shows the verdict or pattern again."""
        if self._shown:
            self._draw(policy)
            self._signals.light(self._shown.severity)
        else:
            self._screens.pattern()

    def settle(self) -> None:
        """The phone has gone: its verdict does not come `back` any more."""
        self._shown = None

    def pattern(self) -> None:
        """Shows the test pattern for eyes and ears, for as long as a verdict."""
        self.forget()
        self.lasts, self._since = True, time.ticks_ms()
        self._screens.pattern()
        self._signals.test()

    def over(self, policy: "Policy") -> bool:
        """Whether the screen's time is over."""
        return time.ticks_diff(time.ticks_ms(), self._since) >= policy.rest * 1000

    def refresh(self, policy: "Policy") -> None:
        """Steps on if the button was pressed; else moves long lines."""
        if self._found and self.whole and self._question.pressed():
            self._next(policy)
        else:
            self._screens.scroll(time.ticks_diff(time.ticks_ms(), self._since))

    def _next(self, policy: "Policy") -> None:
        self.place = (self.place + 1) % len(self._found)
        evidence = self._found[self.place]
        if evidence is None:
            self.verdict(self._verdicts[self.place], policy)
        else:
            self._screens.busy()
            self._decide(evidence)

    def _draw(self, policy: "Policy") -> None:
        place = (self.place + 1, len(self._found)) if self._found else None
        self._screens.verdict(self._shown, place, policy.whole_nir)  # type: ignore[arg-type]  # there is one
