// Short ways to elements.

/** The element with that id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element with a text, and a class if told. */
export function made(tag, text, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}
