// The journal as it lies on the terminal's flash, newest first.

import { byId, made } from "/page/elements.js";
import { on } from "/page/link.js";
import { number, say } from "/page/words.js";

let journal = null;

export function start() {
  on("journal", (message) => {
    journal = message;
    render();
  });
}

/** In the words of the language in force. */
export function render() {
  if (!journal) return;
  const { entries, count, whole } = journal;
  const chip = byId("chain");
  chip.textContent = say(whole ? "journal.whole" : "journal.broken", { count: number(count) });
  chip.dataset.state = whole ? "fresh" : "refuse";
  byId("journal-none").hidden = count > 0;
  byId("journal-table").hidden = count === 0;
  byId("lines").replaceChildren(...entries.map(row).reverse());
}

function row(entry) {
  const line = document.createElement("tr");
  const first = made("th", String(entry.n));
  first.scope = "row";
  const time = entry.time === null ? "–" : new Date(entry.time * 1000).toISOString();
  const what = document.createElement("td");
  what.append(made("b", entry.verdict ?? entry.fault ?? say("journal.begin")));
  const more = [entry.detail, entry.count && `× ${entry.count}`, entry.token].filter(Boolean);
  if (more.length) what.append(" ", made("span", more.join(" · "), "more"));
  line.append(first, made("td", time.slice(0, 19).replace("T", " ")), what);
  return line;
}
