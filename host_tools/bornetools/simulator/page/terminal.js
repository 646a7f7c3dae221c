// The terminal: screen, LED, button, plug, reader, and the verdict in words.

import { byId, made } from "/page/elements.js";
import { ask, on } from "/page/link.js";
import { cards, nameOf } from "/page/phones.js";
import { say } from "/page/words.js";

const WIDTH = 128;
const HEIGHT = 64;
const LIT = [207, 230, 255, 255];
const DARK = [6, 10, 16, 255];
const STILL = 500; // milliseconds that the screen says the same before it is read out
const SHAPES = { accept: "✓", warn: "!", retry: "↺", refuse: "✕" };

let reader = null; // id of the phone on it
let held = false; // one that had its verdict has not been missed yet: what comes now may be the same tap
let running = false;
let verdict = null; // or a fault
let rgb = [0, 0, 0];
let about = { title: "", place: "" }; // what the screen says, without what changes by itself
let reading = 0; // timer of the screen that is to be read out

export function start() {
  const context = byId("screen").getContext("2d");
  on("screen", ({ frame, text }) => {
    draw(context, Uint8Array.from(atob(frame), (character) => character.charCodeAt(0)));
    byId("screen-text").replaceChildren(...text.map((line) => made("p", line)));
    announce(text);
  });
  on("led", (message) => {
    rgb = message.rgb;
    light();
  });
  on("power", ({ on: powered }) => {
    running = powered;
    verdict = null;
    render();
  });
  on("reader", ({ phone, held: stays }) => {
    reader = phone;
    held = stays;
    if (phone) verdict = null;
    render();
  });
  for (const kind of ["verdict", "fault"]) {
    on(kind, (message) => {
      verdict = { severity: "refuse", ...message };
      render();
    });
  }
  on("phones", render);
  byId("remove").addEventListener("click", () => ask("remove"));
  byId("power").addEventListener("click", () => ask("power", { on: !running }));
  button();
  keys();
  drop();
}

/** In the words of the language in force. */
export function render() {
  const card = cards.get(reader);
  byId("device").classList.toggle("off", !running);
  byId("power").textContent = say(running ? "power.unplug" : "power.plug");
  byId("reader").classList.toggle("busy", Boolean(card));
  byId("held").hidden = !card;
  byId("free").hidden = Boolean(card) || held;
  if (card) byId("on-reader").textContent = say("reading", { name: nameOf(card) });
  byId("remove").disabled = !card;
  const line = byId("verdict");
  line.dataset.severity = verdict ? verdict.severity : "";
  byId("shape").textContent = verdict ? SHAPES[verdict.severity] : "";
  byId("code").textContent = verdict ? verdict.code : "";
  byId("title").textContent = verdict ? verdict.title : say(running ? "waiting" : "off");
  byId("times").textContent = verdict?.ms ? say("times", verdict.ms) : "";
  light();
}

/** Has the screen read out, unless only its clock has gone on or a name has moved. */
function announce(text) {
  const title = text[0] ?? "";
  const [place] = text.join(" ").match(/\b\d\/\d\b/) ?? [""];
  // A place in front of a name moves out of sight with it.
  if (title === about.title && (!place || place === about.place)) return;
  about = { title, place };
  clearTimeout(reading);
  reading = setTimeout(() => {
    byId("said").textContent = text.join(". ");
  }, STILL);
}

function light() {
  const led = byId("led");
  const bright = Math.max(...rgb) / 255;
  const full = rgb.map((part) => (bright ? Math.round(part / bright) : 60));
  led.style.setProperty("--led", `rgb(${full.join(" ")})`);
  led.style.setProperty("--glow", String(bright));
  led.setAttribute("aria-label", say("led", { colour: say(`led.${colour()}`) }));
}

function colour() {
  const [red, green, blue] = rgb;
  if (!red && !green && !blue) return "off";
  if (red === green && green === blue) return red < 128 ? "dim" : "white";
  if (blue) return red ? "violet" : green ? "cyan" : "blue";
  if (red) return green ? "amber" : "red";
  return "green";
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

function press(down) {
  byId("push").classList.toggle("down", down);
  ask("press", { down });
}

/** Held by pointer or by key as long as a finger is. */
function button() {
  const push = byId("push");
  push.addEventListener("pointerdown", (event) => {
    push.setPointerCapture(event.pointerId);
    press(true);
  });
  for (const end of ["pointerup", "pointercancel"]) push.addEventListener(end, () => press(false));
  push.addEventListener("blur", () => push.classList.contains("down") && press(false));
}

/** Escape takes the phone away; B, or Space and Enter on it, is the button. */
function keys() {
  const isButton = ({ key, target }) =>
    key.toLowerCase() === "b" ? !target.closest("input, select, textarea") : target.id === "push" && [" ", "Enter"].includes(key);
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && reader) ask("remove");
    if (isButton(event) && !event.repeat) press(true);
  });
  addEventListener("keyup", (event) => {
    if (byId("push").classList.contains("down") && isButton(event)) press(false);
  });
}

/** A phone is dragged onto the device, or from its reader away. */
function drop() {
  const device = byId("device");
  device.addEventListener("dragover", (event) => {
    event.preventDefault();
    device.classList.add("over");
  });
  device.addEventListener("dragleave", () => device.classList.remove("over"));
  device.addEventListener("drop", (event) => {
    event.preventDefault();
    device.classList.remove("over");
    const phone = event.dataTransfer.getData("text/plain");
    if (phone !== reader && cards.has(phone)) ask("tap", { phone });
  });
  const held = byId("held");
  held.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", reader));
  held.addEventListener("dragend", ({ dataTransfer }) => {
    if (dataTransfer.dropEffect === "none") ask("remove");
  });
}
