// The buzzer: a square wave, as a piezo disc has it. Browsers give no sound before the first click or key.

import { byId } from "/page/elements.js";
import { on } from "/page/link.js";

const VOLUME = 0.04;

let context = null;
let oscillator = null;
let gain = null;

export function start() {
  const button = byId("sound");
  button.addEventListener("click", () => {
    const wanted = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(wanted));
    if (!wanted && gain) gain.gain.value = 0;
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    addEventListener(gesture, wake, { once: true });
  }
  on("tone", ({ hertz }) => {
    byId("tone").textContent = hertz ? `♪ ${hertz} Hz` : "";
    byId("device").classList.toggle("sounding", hertz > 0);
    if (!context) return;
    const audible = hertz && button.getAttribute("aria-pressed") === "true";
    if (audible) oscillator.frequency.setValueAtTime(hertz, context.currentTime);
    gain.gain.setTargetAtTime(audible ? VOLUME : 0, context.currentTime, 0.003);
  });
}

function wake() {
  if (context) return;
  context = new AudioContext();
  oscillator = new OscillatorNode(context, { type: "square" });
  gain = new GainNode(context, { gain: 0 });
  oscillator.connect(gain).connect(context.destination);
  oscillator.start();
}
