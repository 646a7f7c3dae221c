// The page's words, from fr.json and en.json. Names of frames and fields stay as their standards write them.

const books = {};
let language = "fr";

/** Fetches the words of both languages. */
export async function load() {
  for (const one of ["fr", "en"]) {
    books[one] = await (await fetch(`/page/${one}.json`)).json();
  }
}

/** "fr" or "en". */
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
