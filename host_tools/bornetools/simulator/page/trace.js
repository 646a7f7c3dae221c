// The trace: the latest entries, each with its fields.

import { byId, made } from "/page/elements.js";
import { ask, on } from "/page/link.js";
import { current, say } from "/page/words.js";

const KEPT = 300;
const SHORT = 24; // bytes of a line; all of them are in its fields

let entries = [];
let waiting = []; // while paused
let paused = false;

export function start() {
  on("open", () => {
    entries = [];
    waiting = [];
    render();
  });
  on("trace", ({ entries: more }) => {
    if (paused) {
      waiting = [...waiting, ...more].slice(-KEPT);
    } else {
      add(more);
    }
  });
  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    if (!paused) add(waiting.splice(0));
  });
  byId("clear").addEventListener("click", () => {
    entries = [];
    render();
  });
  byId("polls").addEventListener("change", (event) => ask("polls", { on: event.target.checked }));
  byId("filter").addEventListener("input", render);
  for (const box of document.querySelectorAll("[data-layer]")) box.addEventListener("change", render);
}

/** All of it, in the words of the language in force. */
export function render() {
  byId("entries").replaceChildren(...entries.filter(wanted).map(line));
  follow(true);
}

function add(more) {
  const list = byId("entries");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  entries = [...entries, ...more].slice(-KEPT);
  list.append(...more.slice(-KEPT).filter(wanted).map(line));
  while (list.children.length > KEPT) list.firstChild.remove();
  follow(atEnd);
}

/** Keeps the newest in sight, unless somebody reads further up. */
function follow(wantedThere) {
  byId("trace-empty").hidden = entries.length > 0;
  if (wantedThere) byId("entries").scrollTop = byId("entries").scrollHeight;
}

function wanted(entry) {
  if (!document.querySelector(`[data-layer="${entry.layer}"]`).checked) return false;
  const filter = byId("filter").value.trim().toLowerCase();
  if (!filter) return true;
  const fields = entry.fields.map(([name, , english, french]) => `${name} ${english} ${french}`);
  const hex = filter.replaceAll(" ", "");
  return entry.hex.includes(hex) || `${entry.name} ${fields.join(" ")}`.toLowerCase().includes(filter);
}

function line(entry) {
  const one = document.createElement("li");
  one.className = entry.layer;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.append(
    made("span", (entry.ms / 1000).toFixed(3), "at"),
    made("span", say(`layer.${entry.layer}`), "layer"),
    made("span", say(`to.${entry.to}`), "to"),
    made("b", entry.name),
    made("code", spaced(entry.hex, SHORT)),
  );
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(table(entry));
  });
  one.append(details);
  return one;
}

function table(entry) {
  const one = document.createElement("table");
  const head = one.createTHead().insertRow();
  for (const title of ["field", "bytes", "meaning"]) {
    const cell = made("th", say(title));
    cell.scope = "col";
    head.append(cell);
  }
  const body = one.createTBody();
  for (const [name, hex, meaning] of entry.fields) {
    const row = body.insertRow();
    const first = made("th", name);
    first.scope = "row";
    const bytes = document.createElement("td");
    bytes.append(made("code", spaced(hex)));
    row.append(first, bytes, made("td", meaning[current()]));
  }
  return one;
}

function spaced(hex, most = Infinity) {
  const bytes = hex.toUpperCase().match(/../g) ?? [];
  return bytes.slice(0, most).join(" ") + (bytes.length > most ? " …" : "");
}
