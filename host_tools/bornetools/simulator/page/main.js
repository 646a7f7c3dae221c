// Puts the page together. Each part listens to the simulator and asks it for things: link.js.

import { ask, connect, on } from "/page/link.js";
import * as phones from "/page/phones.js";
import * as shelf from "/page/shelf.js";
import * as sound from "/page/sound.js";
import * as terminal from "/page/terminal.js";
import { current, speak, texts } from "/page/texts.js";
import * as trace from "/page/trace.js";

const NOTICE = 8000; // milliseconds

const parts = [phones, terminal, shelf, trace];
const notice = document.querySelector("#notice");
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

on("open", () => tell(""));
on("close", () => tell(texts().lost));
on("notice", ({ text }) => tell(texts().refused(text), NOTICE));
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

translate("fr");
for (const part of [...parts, sound]) part.start();
connect();
