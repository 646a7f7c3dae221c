// The trust shelf: publish, carry, and let time pass.

import { byId } from "/page/elements.js";
import { ask, on } from "/page/link.js";
import { cards, nameOf } from "/page/phones.js";
import { current, number, say } from "/page/words.js";

const DAY = 86400;
const HOUR = 3600;
const MINUTE = 60;
// Tokens of the issuer whose list is published, and that are not on it yet.
const REVOCABLE = ["valid", "expired", "not-yet-valid", "cloned", "noise"];

let shelf = null;
let told = 0; // when the shelf was, in milliseconds
let sync = { status: "idle" };
let running = false;
let inHand = null; // id of the phone that was tapped last

export function start() {
  on("shelf", (message) => {
    if (JSON.stringify(message.policy) !== JSON.stringify(shelf?.policy)) fill(message.policy);
    shelf = message;
    told = Date.now();
    render();
  });
  on("sync", (message) => {
    sync = message;
    render();
  });
  on("phones", render);
  on("reader", ({ phone }) => {
    if (phone === null || phone === inHand) return;
    inHand = phone;
    victims(phone);
  });
  on("power", (message) => {
    running = message.on;
    render();
  });
  byId("revoke").addEventListener("click", () => ask("revoke", { phone: byId("victim").value }));
  byId("sync").addEventListener("click", () => ask("sync"));
  byId("unplug").addEventListener("click", () => ask("unplug"));
  byId("week").addEventListener("click", () => ask("wait", { days: 7 }));
  byId("clock").addEventListener("click", () => ask("clock", { running: !shelf.clock }));
  byId("policy").addEventListener("submit", (event) => {
    event.preventDefault();
    const { minimum_age, funds, departements, whole_nir } = event.target.elements;
    const policy = {
      minimum_age: Number(minimum_age.value),
      funds: list(funds.value),
      departements: list(departements.value),
      whole_nir: whole_nir.checked,
    };
    ask("policy", { policy });
  });
  setInterval(render, MINUTE * 1000);
}

/** In the words of the language in force. */
export function render() {
  victims(byId("victim").value);
  courier();
  if (!shelf) return;
  const since = Math.floor((Date.now() - told) / 1000);
  byId("published").textContent = say("release", { version: shelf.published });
  byId("release").textContent = say("release", { version: shelf.release });
  byId("state").textContent = say(`state.${shelf.state}`);
  byId("state").dataset.state = shelf.state;
  byId("age").textContent = ago(shelf.age + since);
  const format = new Intl.DateTimeFormat(current(), { dateStyle: "long", timeZone: "UTC" });
  byId("today").textContent = format.format(new Date((shelf.local + since) * 1000));
  byId("clock-state").textContent = say(shelf.clock ? "clock.runs" : "clock.stopped");
  byId("clock-state").dataset.state = shelf.clock ? "fresh" : "refuse";
  byId("clock").textContent = say(shelf.clock ? "clock.break" : "clock.set");
}

function courier() {
  const busy = sync.status === "running" || sync.status === "asks";
  byId("sync").disabled = busy || !running;
  byId("unplug").disabled = !busy;
  const { status, done, total } = sync;
  byId("progress").value = total ? done / total : Number(["updated", "current"].includes(status));
  // Said when something has come of it, not at each step.
  const outcome = byId("outcome");
  outcome.setAttribute("aria-live", status === "running" ? "off" : "polite");
  if (status === "running") {
    outcome.textContent = total
      ? say("sync.running", { done: number(done), total: number(total) })
      : say("sync.connecting");
  } else {
    outcome.textContent = say(`sync.${status}`, { ...sync, before: sync.before || shelf?.release });
  }
  outcome.dataset.status = status;
  byId("progress").hidden = status === "idle";
}

function victims(chosen) {
  const select = byId("victim");
  const options = [...cards.values()]
    .filter((card) => !card.revoked && REVOCABLE.includes(card.token))
    .map((card) => new Option(nameOf(card), card.id));
  select.replaceChildren(...options);
  if (options.some((option) => option.value === chosen)) select.value = chosen;
  byId("revoke").disabled = !options.length;
}

function fill(policy) {
  const { minimum_age, funds, departements, whole_nir } = byId("policy").elements;
  minimum_age.value = policy.minimum_age;
  funds.value = policy.funds.join(" ");
  departements.value = policy.departements.join(" ");
  whole_nir.checked = policy.whole_nir;
}

function list(text) {
  return text.toUpperCase().split(/[\s,;]+/).filter(Boolean);
}

function ago(seconds) {
  const format = new Intl.RelativeTimeFormat(current(), { numeric: "always" });
  for (const [unit, size] of [["day", DAY], ["hour", HOUR]]) {
    if (seconds >= size) return format.format(-Math.floor(seconds / size), unit);
  }
  return format.format(-Math.floor(seconds / MINUTE), "minute");
}
