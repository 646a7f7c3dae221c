// The trust shelf: publish, carry, and let time pass.

import { ask, on } from "/page/link.js";
import { cards, nameOf } from "/page/phones.js";
import { current, texts } from "/page/texts.js";

const DAY = 86400;
const HOUR = 3600;
// Tokens of the issuer whose list is published, and that are not on it yet.
const REVOCABLE = ["valid", "delegate", "expired", "not-yet-valid", "cloned", "uncovered", "child", "noise"];

const element = (id) => document.getElementById(id);
let shelf = null;
let sync = { status: "idle" };
let told = 0; // when the shelf was, in milliseconds

export function start() {
  on("shelf", (message) => {
    shelf = message;
    told = Date.now();
    render();
  });
  on("sync", (message) => {
    sync = message;
    render();
  });
  on("phones", render);
  on("power", ({ on: running }) => {
    for (const id of ["sync", "week", "clock"]) element(id).disabled = !running;
  });
  element("revoke").addEventListener("click", () => ask("revoke", { phone: element("victim").value }));
  element("publish").addEventListener("click", () => ask("publish"));
  element("sync").addEventListener("click", () => ask("sync"));
  element("unplug").addEventListener("click", () => ask("unplug"));
  element("week").addEventListener("click", () => ask("wait", { days: 7 }));
  element("clock").addEventListener("click", () => ask("clock", { running: !shelf.clock }));
  setInterval(render, 60000);
}

/** In the words of the language in force. */
export function render() {
  const words = texts();
  victims();
  const busy = sync.status === "running" || sync.status === "asks";
  element("unplug").disabled = !busy;
  element("progress").value = sync.total ? sync.done / sync.total : Number(["updated", "current"].includes(sync.status));
  const outcome = words.outcomes[sync.status];
  // Said when something has come of it, not at each step.
  element("outcome").setAttribute("aria-live", sync.status === "running" ? "off" : "polite");
  element("outcome").textContent = outcome ? outcome(sync) : "";
  if (!shelf) return;
  const since = Math.floor((Date.now() - told) / 1000);
  const age = shelf.age + since;
  element("published").textContent = shelf.published;
  element("release").textContent = shelf.release || "–";
  element("state").textContent = words.states[shelf.state];
  element("state").dataset.state = shelf.state;
  element("age").textContent = words.age(Math.floor(age / DAY), Math.floor(age / HOUR));
  const format = new Intl.DateTimeFormat(current(), { dateStyle: "full" });
  element("today").textContent = format.format(new Date((shelf.now + since) * 1000));
  element("clock-state").textContent = shelf.clock ? words.clockRuns : words.clockStopped;
  element("clock-state").dataset.state = shelf.clock ? "fresh" : "refuse";
  element("clock").textContent = shelf.clock ? words.clockBreak : words.clockRepair;
}

function victims() {
  const select = element("victim");
  const chosen = select.value;
  const options = [...cards.values()]
    .filter((card) => !card.revoked && REVOCABLE.includes(card.token))
    .map((card) => new Option(nameOf(card), card.id));
  select.replaceChildren(...options);
  if (options.some((option) => option.value === chosen)) select.value = chosen;
  element("revoke").disabled = !options.length;
}
