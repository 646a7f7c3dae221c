// The trace: the latest entries, each with its fields.

import { ask, on } from "/page/link.js";
import { current, texts } from "/page/texts.js";

const KEPT = 300;
const SHORT = 24; // bytes of a line; all of them are in its fields

const element = (id) => document.getElementById(id);
let entries = [];
let waiting = []; // while paused
let paused = false;

export function start() {
  on("open", () => {
    entries = [];
    waiting = [];
    ask("polls", { on: element("polls").checked });
  });
  on("trace", ({ entries: more }) => {
    if (paused) {
      waiting = [...waiting, ...more].slice(-KEPT);
    } else {
      add(more);
    }
  });
  element("pause").addEventListener("click", () => {
    paused = !paused;
    element("pause").setAttribute("aria-pressed", String(paused));
    if (!paused) add(waiting.splice(0));
  });
  element("clear").addEventListener("click", () => {
    entries = [];
    render();
  });
  element("polls").addEventListener("change", (event) => ask("polls", { on: event.target.checked }));
  element("filter").addEventListener("input", render);
  for (const box of document.querySelectorAll("[data-layer]")) box.addEventListener("change", render);
}

/** All of it, in the words of the language in force. */
export function render() {
  element("entries").replaceChildren(...entries.filter(wanted).map(line));
  follow();
}

function add(more) {
  entries = [...entries, ...more].slice(-KEPT);
  const list = element("entries");
  list.append(...more.filter(wanted).map(line));
  while (list.children.length > KEPT) list.firstChild.remove();
  follow();
}

function follow() {
  element("trace-empty").hidden = entries.length > 0;
  element("entries").scrollTop = element("entries").scrollHeight;
}

function wanted(entry) {
  if (!document.querySelector(`[data-layer="${entry.layer}"]`).checked) return false;
  const filter = element("filter").value.trim().toLowerCase();
  if (!filter) return true;
  const fields = entry.fields.map(([name, , english, french]) => `${name} ${english} ${french}`);
  const hex = filter.replaceAll(" ", "");
  return entry.hex.includes(hex) || `${entry.name} ${fields.join(" ")}`.toLowerCase().includes(filter);
}

function line(entry) {
  const made = document.createElement("li");
  made.className = entry.layer;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.append(
    cell("span", `${(entry.ms / 1000).toFixed(3)} s`, "at"),
    cell("span", entry.layer.toUpperCase(), "layer"),
    cell("span", texts().to[entry.to], "to"),
    cell("b", entry.name),
    cell("code", spaced(entry.hex, SHORT)),
  );
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(table(entry));
  });
  made.append(details);
  return made;
}

function table(entry) {
  const made = document.createElement("table");
  const words = texts();
  const head = made.createTHead().insertRow();
  for (const title of [words.field, words.bytes, words.meaning]) {
    const cellOfHead = cell("th", title);
    cellOfHead.scope = "col";
    head.append(cellOfHead);
  }
  const body = made.createTBody();
  for (const [name, hex, english, french] of entry.fields) {
    const row = body.insertRow();
    const first = cell("th", name);
    first.scope = "row";
    const bytes = document.createElement("td");
    bytes.append(cell("code", spaced(hex)));
    row.append(first, bytes, cell("td", current() === "fr" ? french : english));
  }
  return made;
}

function spaced(hex, most = Infinity) {
  const bytes = hex.toUpperCase().match(/../g) ?? [];
  return bytes.slice(0, most).join(" ") + (bytes.length > most ? " …" : "");
}

function cell(tag, words, name = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  if (name) made.className = name;
  return made;
}
