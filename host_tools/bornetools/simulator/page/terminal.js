// The terminal: screen, LED, button, reader, and the verdict in words.

import { ask, on } from "/page/link.js";
import { cards, nameOf } from "/page/phones.js";
import { texts } from "/page/texts.js";

const WIDTH = 128;
const HEIGHT = 64;
const LIT = [207, 230, 255, 255];
const DARK = [6, 10, 16, 255];

const element = (id) => document.getElementById(id);
let reader = null; // id of the phone on it
let verdict = null;

export function start() {
  const context = element("screen").getContext("2d");
  on("screen", ({ frame, text }) => {
    draw(context, Uint8Array.from(atob(frame), (character) => character.charCodeAt(0)));
    element("screen-text").replaceChildren(...text.map(paragraph));
  });
  on("led", ({ rgb }) => {
    const led = element("led");
    const bright = Math.max(...rgb) / 255;
    led.style.setProperty("--led", `rgb(${rgb.map((part) => (bright ? Math.round(part / bright) : 60)).join(" ")})`);
    led.style.setProperty("--glow", String(bright));
    led.setAttribute("aria-label", texts().led(rgb));
  });
  on("power", ({ on: running }) => {
    element("device").classList.toggle("off", !running);
    verdict = null;
    show(running ? "" : texts().off);
  });
  on("reader", ({ phone }) => {
    reader = phone;
    render();
  });
  on("verdict", (message) => {
    verdict = message;
    render();
  });
  on("fault", ({ code, title }) => {
    verdict = null;
    show(`${code} ${title}`, "refuse");
  });
  on("phones", render);

  button();
  element("remove").addEventListener("click", () => ask("remove"));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && reader && !document.querySelector("dialog[open]")) ask("remove");
  });
  drop();
}

/** In the words of the language in force. */
export function render() {
  const card = cards.get(reader);
  element("reader").classList.toggle("busy", Boolean(card));
  element("on-reader").textContent = card ? texts().reading(nameOf(card)) : texts().reader;
  element("remove").disabled = !card;
  if (verdict) {
    show(`${verdict.code} ${verdict.title}`, verdict.severity);
    element("times").textContent = texts().times(verdict.ms);
  }
}

function show(text, severity = "") {
  const line = element("verdict");
  const [code, ...words] = text.split(" ");
  line.dataset.severity = severity;
  const parts = severity ? [span("code", code), " ", span("title", words.join(" "))] : [text];
  line.replaceChildren(...parts);
  element("times").textContent = "";
}

/** The framebuffer, MONO_VLSB: columns of eight pixels, the top one in bit 0. */
function draw(context, frame) {
  const image = context.createImageData(WIDTH, HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const lit = (frame[(y >> 3) * WIDTH + x] >> (y & 7)) & 1;
      image.data.set(lit ? LIT : DARK, 4 * (y * WIDTH + x));
    }
  }
  context.putImageData(image, 0, 0);
}

/** Held by pointer or by key as long as a finger is. */
function button() {
  const push = element("push");
  const press = (down) => {
    push.classList.toggle("down", down);
    ask("press", { down });
  };
  push.addEventListener("pointerdown", (event) => {
    push.setPointerCapture(event.pointerId);
    press(true);
  });
  for (const end of ["pointerup", "pointercancel"]) push.addEventListener(end, () => press(false));
  push.addEventListener("keydown", (event) => {
    if ((event.key === " " || event.key === "Enter") && !event.repeat) press(true);
  });
  push.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") press(false);
  });
  push.addEventListener("blur", () => push.classList.contains("down") && press(false));
}

function drop() {
  const device = element("device");
  device.addEventListener("dragover", (event) => {
    event.preventDefault();
    device.classList.add("over");
  });
  device.addEventListener("dragleave", () => device.classList.remove("over"));
  device.addEventListener("drop", (event) => {
    event.preventDefault();
    device.classList.remove("over");
    const phone = event.dataTransfer.getData("text/plain");
    if (cards.has(phone)) ask("tap", { phone });
  });
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function span(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}
