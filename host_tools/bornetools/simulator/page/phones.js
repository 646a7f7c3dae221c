// The drawer: a card for each phone, and a form for its properties.

import { ask, on } from "/page/link.js";
import { texts } from "/page/texts.js";

// Kinds of token that the simulator can issue: bornetools.simulator.drawer.TOKENS.
const TOKENS = [
  "valid", "delegate", "expired", "not-yet-valid", "revoked", "suspended", "unknown-issuer", "tampered",
  "cloned", "uncovered", "child", "other-algorithm", "noise",
];

/** The cards by id, as bornetools.simulator.drawer tells them. */
export const cards = new Map();

let edited = null;
let reader = null;

export function nameOf(card) {
  return `${card.given} ${card.family}`.trim();
}

export function start() {
  on("phones", ({ phones }) => {
    cards.clear();
    for (const card of phones) cards.set(card.id, card);
    render();
  });
  on("reader", ({ phone }) => {
    reader = phone;
    for (const item of document.querySelectorAll("#phones li")) {
      item.classList.toggle("reading", item.dataset.phone === reader);
    }
  });
  const editor = document.querySelector("#editor");
  editor.addEventListener("close", () => {
    if (editor.returnValue === "save") save(editor.querySelector("form"));
  });
}

/** In the words of the language in force. */
export function render() {
  const focused = document.activeElement?.id;
  document.querySelector("#phones").replaceChildren(...[...cards.values()].map(item));
  if (focused) document.getElementById(focused)?.focus();
}

function item(card) {
  const made = document.createElement("li");
  made.dataset.phone = card.id;
  made.dataset.token = card.revoked ? "revoked" : card.token;
  made.classList.toggle("reading", card.id === reader);

  const tap = document.createElement("button");
  tap.type = "button";
  tap.className = "phone";
  tap.id = `tap-${card.id}`;
  tap.draggable = true;
  const marks = marksOf(card);
  const token = texts().tokens[card.token];
  tap.setAttribute("aria-label", texts().tap(nameOf(card), token, marks));
  tap.append(text("b", nameOf(card)), text("span", token, "token"));
  for (const mark of marks) tap.append(text("span", mark, "mark"));
  tap.addEventListener("click", () => ask("tap", { phone: card.id }));
  tap.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", card.id);
    event.dataTransfer.effectAllowed = "move";
  });

  const edit = document.createElement("button");
  edit.type = "button";
  edit.className = "edit";
  edit.id = `edit-${card.id}`;
  edit.textContent = "⋯";
  edit.setAttribute("aria-label", texts().edit(nameOf(card)));
  edit.addEventListener("click", () => open(card));
  made.append(tap, edit);
  return made;
}

function marksOf(card) {
  const words = texts().marks;
  const marks = [];
  if (card.revoked) marks.push(texts().revoked);
  if (!card.installed) marks.push(words.absent);
  if (card.locked) marks.push(words.locked);
  if (!card.verified) marks.push(words.unverified);
  if (card.slow) marks.push(words.slow(card.slow));
  if (card.removed_after !== null) marks.push(words.leaves(card.removed_after));
  return marks;
}

function open(card) {
  edited = card;
  const editor = document.querySelector("#editor");
  const form = editor.querySelector("form");
  const fields = form.elements;
  document.querySelector("#editor-title").textContent = texts().edit(nameOf(card));
  const kinds = TOKENS.includes(card.token) ? TOKENS : [card.token, ...TOKENS];
  fields.token.replaceChildren(...kinds.map((kind) => new Option(texts().tokens[kind], kind)));
  for (const name of ["family", "given", "token", "slow"]) fields[name].value = card[name];
  for (const name of ["installed", "locked", "verified"]) fields[name].checked = card[name];
  fields.removed_after.value = card.removed_after ?? "";
  editor.returnValue = "";
  editor.showModal();
}

function save(form) {
  const fields = form.elements;
  const after = fields.removed_after.value;
  ask("change", {
    phone: edited.id,
    properties: {
      family: fields.family.value.trim(),
      given: fields.given.value.trim(),
      token: fields.token.value,
      slow: Number(fields.slow.value),
      removed_after: after === "" ? null : Number(after),
      installed: fields.installed.checked,
      locked: fields.locked.checked,
      verified: fields.verified.checked,
    },
  });
}

function text(tag, words, name = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  made.className = name;
  return made;
}
