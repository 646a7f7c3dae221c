// The page's words, in each language. Names of frames and fields stay as their standards write them.

import { byId, made } from "/page/elements.js";

const books = {};
let language;

/** Fetches the words of all languages, and offers these. Returns the first one's code. */
export async function load() {
  const names = await (await fetch("/page/languages.json")).json();
  for (const [code, name] of Object.entries(names)) {
    books[code] = await (await fetch(`/page/${code}.json`)).json();
    const button = made("button", code.toUpperCase());
    button.type = "button";
    button.lang = button.dataset.language = code;
    button.setAttribute("aria-label", name);
    byId("languages").append(button);
  }
  return Object.keys(names)[0];
}

/** The code of the language in force. */
export function current() {
  return language;
}

/** The words for `key` in the language in force, with {names} of `values` filled in. */
export function say(key, values = {}) {
  return books[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A number as it is written in the language in force. */
export function number(value) {
  return value.toLocaleString(language);
}

/** Changes the language, and every element that has a `data-text`, `data-label` or `data-placeholder`. */
export function speak(next) {
  language = next;
  document.documentElement.lang = next;
  document.title = say("heading");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = say(element.dataset.placeholder);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === next));
  }
}
