// Puts the page together. Each part listens to the simulator and asks it for things: link.js.

import { byId } from "/page/elements.js";
import * as journal from "/page/journal.js";
import { ask, connect, on } from "/page/link.js";
import * as phones from "/page/phones.js";
import * as shelf from "/page/shelf.js";
import * as sound from "/page/sound.js";
import * as terminal from "/page/terminal.js";
import * as trace from "/page/trace.js";
import { current, load, say, speak } from "/page/words.js";

const NOTICE = 8000; // milliseconds

const parts = [phones, terminal, shelf, journal, trace];
const notice = byId("notice");
let hiding = 0;

function translate(language) {
  speak(language);
  for (const part of parts) part.render();
}

function tell(text, milliseconds) {
  clearTimeout(hiding);
  notice.textContent = text;
  notice.hidden = !text;
  if (milliseconds) hiding = setTimeout(() => tell(""), milliseconds);
}

const first = await load();
on("open", () => tell(""));
on("close", () => tell(say("lost")));
on("notice", ({ code }) => tell(say(`notice.${code}`), NOTICE));
on("power", ({ language }) => {
  if (language !== current()) translate(language);
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    const { language } = button.dataset;
    if (language === current()) return;
    translate(language);
    ask("language", { language });
  });
}
translate(first);
for (const part of [...parts, sound]) part.start();
connect();
