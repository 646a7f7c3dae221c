// The drawer: a card for each phone, and a form for its properties.

import { byId, made } from "/page/elements.js";
import { ask, on } from "/page/link.js";
import { say } from "/page/words.js";

const ADULT = 18;

// Kinds of token that the simulator can issue: bornetools.simulator.drawer.TOKENS.
const TOKENS = [
  "valid", "expired", "not-yet-valid", "revoked", "suspended", "unknown-issuer", "tampered", "cloned",
  "other-algorithm", "noise",
];
const VALUES = ["family", "given", "born", "scheme", "departement", "from", "until", "token"];
const NUMBERS = ["children", "slow"];
const FLAGS = ["delegate", "installed", "locked", "verified"];

/** The cards by id, as bornetools.simulator.drawer tells them. */
export const cards = new Map();

let edited = null;
let reader = null; // id of the phone on it
let today = new Date().toISOString().slice(0, 10);

export function nameOf(card) {
  return `${card.given} ${card.family}`.trim();
}

export function start() {
  on("phones", ({ phones }) => {
    cards.clear();
    for (const card of phones) cards.set(card.id, card);
    render();
  });
  on("shelf", ({ local }) => {
    const day = new Date(local * 1000).toISOString().slice(0, 10);
    if (day === today) return;
    today = day;
    render();
  });
  on("reader", ({ phone }) => {
    reader = phone;
    for (const item of byId("phones").children) {
      item.classList.toggle("reading", item.dataset.phone === reader);
    }
  });
  byId("phones").addEventListener("keydown", walk);
  const editor = byId("editor");
  editor.addEventListener("close", () => {
    if (editor.returnValue === "save") save(editor.querySelector("form"));
    byId(`edit-${edited.id}`)?.focus();
  });
}

/** In the words of the language in force. */
export function render() {
  const focused = document.activeElement?.id;
  byId("phones").replaceChildren(...[...cards.values()].map(item));
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function item(card) {
  const one = document.createElement("li");
  one.dataset.phone = card.id;
  one.dataset.token = card.revoked ? "revoked" : (card.token ?? "mdoc");
  one.classList.toggle("reading", card.id === reader);

  const marks = marksOf(card);
  const tap = made("button", "", "phone");
  tap.type = "button";
  tap.id = `tap-${card.id}`;
  tap.draggable = true;
  tap.setAttribute("aria-label", say("tap", { name: nameOf(card), marks: marks.join(", ") }));
  tap.append(made("b", nameOf(card)), made("span", marks.join(" · "), "marks"));
  tap.addEventListener("click", () => {
    ask("tap", { phone: card.id });
    byId("device").scrollIntoView({ block: "nearest" });
  });
  tap.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", card.id);
    event.dataTransfer.effectAllowed = "move";
  });

  const edit = made("button", "⋯", "edit");
  edit.type = "button";
  edit.id = `edit-${card.id}`;
  edit.setAttribute("aria-label", say("edit", { name: nameOf(card) }));
  edit.setAttribute("aria-haspopup", "dialog");
  edit.addEventListener("click", () => open(card));
  one.append(tap);
  if (!card.wallet) one.append(edit);
  return one;
}

/** The arrow keys go from phone to phone. */
function walk(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const at = event.target.closest("li");
  if (!steps[event.key] || !at) return;
  event.preventDefault();
  const next = steps[event.key] > 0 ? at.nextElementSibling : at.previousElementSibling;
  next?.querySelector(`.${event.target.className}`)?.focus();
}

function marksOf(card) {
  if (card.wallet) return [say("wallet"), say(`wallet.${card.wallet}`)];
  const marks = [say(`token.${card.token}`)];
  const age = Math.floor((dayOf(today) - dayOf(card.born)) / 10000);
  if (card.revoked) marks.push(say("mark.revoked"));
  if (age < ADULT) marks.push(say("mark.age", { age }));
  if (card.until < today) marks.push(say("mark.ended"));
  if (card.children) {
    marks.push(say(card.children === 1 ? "mark.child" : "mark.children", { count: card.children }));
  }
  if (card.delegate) marks.push(say("mark.delegate"));
  if (!card.installed) marks.push(say("mark.absent"));
  if (card.locked) marks.push(say("mark.locked"));
  if (!card.verified) marks.push(say("mark.unverified"));
  if (card.slow) marks.push(say("mark.slow", { seconds: card.slow }));
  if (card.removed_after !== null) marks.push(say("mark.leaves", { count: card.removed_after }));
  return marks;
}

/** 20261125 for "2026-11-25": differences of these have whole years in front. */
function dayOf(text) {
  return Number(text.replaceAll("-", ""));
}

function open(card) {
  edited = card;
  const editor = byId("editor");
  const fields = editor.querySelector("form").elements;
  byId("editor-title").textContent = say("edit", { name: nameOf(card) });
  const kinds = TOKENS.includes(card.token) ? TOKENS : [card.token, ...TOKENS];
  fields.token.replaceChildren(...kinds.map((kind) => new Option(say(`token.${kind}`), kind)));
  for (const name of [...VALUES, ...NUMBERS]) fields[name].value = card[name];
  for (const name of FLAGS) fields[name].checked = card[name];
  fields.removed_after.value = card.removed_after ?? "";
  editor.returnValue = "";
  editor.showModal();
}

function save(form) {
  const fields = form.elements;
  const after = fields.removed_after.value;
  const properties = { removed_after: after === "" ? null : Number(after) };
  for (const name of VALUES) properties[name] = fields[name].value.trim();
  for (const name of NUMBERS) properties[name] = Number(fields[name].value);
  for (const name of FLAGS) properties[name] = fields[name].checked;
  ask("change", { phone: edited.id, properties });
}
