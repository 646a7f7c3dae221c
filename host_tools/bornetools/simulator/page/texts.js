// The page's words. Names of frames and fields stay as their standards write them.

const ENGLISH = {
  heading: "Borne simulator",
  tagline: "The terminal’s firmware on the MicroPython VM. Everybody here is fictitious.",
  skip: "To the phones",
  sound: "Sound",
  language: "Language",
  terminal: "Terminal",
  screen: "The terminal’s screen",
  push: "The terminal’s button",
  led: (rgb) => `LED: ${rgb.join(", ")}`,
  reader: "Drop a phone here",
  reading: (name) => `${name}’s phone`,
  remove: "Remove now",
  off: "Switched off",
  started: "The terminal has started",
  times: (ms) => `bus ${ms.bus} ms · phone ${ms.phone} ms · verification ${ms.verify} ms (bus and air slowed down)`,
  drawer: "Phones",
  drawerHint: "Tap: click a phone, drag it onto the reader, or press Enter. Escape takes it away.",
  tap: (name, token, marks) => `Tap: ${name}, ${[token, ...marks].join(", ")}`,
  edit: (name) => `Properties: ${name}`,
  shelf: "Trust",
  published: "Published release",
  inTerminal: "Release in the terminal",
  states: { fresh: "up to date", warn: "stale: warns", refuse: "too old: refuses" },
  age: (days, hours) => (days ? `${days} ${days === 1 ? "day" : "days"} old` : hours ? `${hours} h old` : "less than an hour old"),
  publisher: "Issuer and publisher",
  victim: "Whose token to revoke",
  revoke: "Publish revocation",
  publish: "Publish the lists as they are",
  courier: "Courier",
  sync: "Sync",
  unplug: "Unplug",
  progress: "Progress of the sync",
  outcomes: {
    idle: "",
    running: (m) => (m.total ? `${m.done.toLocaleString("en")} of ${m.total.toLocaleString("en")} bytes` : "Connecting…"),
    asks: () => "The terminal asks whether the time is right: press its button.",
    updated: (m) => `Updated: release ${m.before || "none"} → ${m.after}.`,
    current: (m) => `Nothing new: release ${m.after}.`,
    unplugged: () => "Unplugged. The terminal keeps its release; the next sync goes on from here.",
    refused: (m) => `Refused, ${m.code}: ${m.explanation}`,
    failed: (m) => `Failed: ${m.explanation}`,
  },
  time: "Time",
  week: "Let a week pass",
  clockBreak: "Break the clock",
  clockRepair: "Set the clock right",
  clockRuns: "clock runs",
  clockStopped: "clock stopped",
  trace: "Trace",
  layerBus: "Bus",
  layerApdu: "APDU",
  layerToken: "Token",
  polls: "Looking for phones",
  filter: "Filter",
  pause: "Pause",
  clear: "Clear",
  traceEmpty: "Tap a phone to see each frame between the terminal, the PN532 and the phone.",
  to: { chip: "terminal → PN532", host: "→ terminal", phone: "→ phone" },
  field: "Field",
  bytes: "Bytes",
  meaning: "Meaning",
  family: "Family name",
  given: "Given name",
  token: "Token",
  slow: "Seconds before each answer",
  removedAfter: "Leaves after … commands",
  phone: "Phone",
  installed: "Application installed",
  locked: "Application locked",
  verified: "Holder verified (PIN)",
  cancel: "Cancel",
  save: "Save",
  revoked: "revoked since",
  lost: "The simulator has stopped. Start it again: this page will find it.",
  refused: (text) => `Refused: ${text}`,
  marks: {
    absent: "no application",
    locked: "locked",
    unverified: "not verified",
    slow: (seconds) => `slow, ${seconds} s`,
    leaves: (count) => `leaves after ${count}`,
  },
  tokens: {
    valid: "valid",
    delegate: "valid, with a delegate",
    expired: "expired",
    "not-yet-valid": "not yet valid",
    revoked: "revoked by the issuer",
    suspended: "suspended by the issuer",
    "unknown-issuer": "unknown issuer",
    "key-revoked": "issuer’s key revoked",
    tampered: "tampered with",
    cloned: "cloned",
    uncovered: "no entitlement",
    child: "not eligible (age)",
    "other-algorithm": "another algorithm",
    noise: "random bytes",
  },
};

const FRENCH = {
  heading: "Simulateur Borne",
  tagline: "Le micrologiciel de la borne sur la VM MicroPython. Toutes ces personnes sont fictives.",
  skip: "Aller aux téléphones",
  sound: "Son",
  language: "Langue",
  terminal: "Borne",
  screen: "L’écran de la borne",
  push: "Le bouton de la borne",
  led: (rgb) => `Voyant : ${rgb.join(", ")}`,
  reader: "Déposer un téléphone ici",
  reading: (name) => `Téléphone de ${name}`,
  remove: "Retirer maintenant",
  off: "Éteinte",
  started: "La borne a démarré",
  times: (ms) => `bus ${ms.bus} ms · téléphone ${ms.phone} ms · vérification ${ms.verify} ms (bus et radio ralentis)`,
  drawer: "Téléphones",
  drawerHint: "Présenter : cliquer, glisser sur le lecteur, ou Entrée. Échap retire le téléphone.",
  tap: (name, token, marks) => `Présenter : ${name}, ${[token, ...marks].join(", ")}`,
  edit: (name) => `Propriétés : ${name}`,
  shelf: "Confiance",
  published: "Version publiée",
  inTerminal: "Version dans la borne",
  states: { fresh: "à jour", warn: "ancienne : avertit", refuse: "périmée : refuse" },
  age: (days, hours) => (days ? `${days} ${days === 1 ? "jour" : "jours"}` : hours ? `${hours} h` : "moins d’une heure"),
  publisher: "Émetteur et éditeur",
  victim: "Jeton à révoquer",
  revoke: "Publier la révocation",
  publish: "Publier les listes telles quelles",
  courier: "Coursier",
  sync: "Synchroniser",
  unplug: "Débrancher",
  progress: "Avancement de la synchronisation",
  outcomes: {
    idle: "",
    running: (m) => (m.total ? `${m.done.toLocaleString("fr")} octets sur ${m.total.toLocaleString("fr")}` : "Connexion…"),
    asks: () => "La borne demande si l’heure est juste : appuyer sur son bouton.",
    updated: (m) => `Mise à jour : version ${m.before || "aucune"} → ${m.after}.`,
    current: (m) => `Rien de nouveau : version ${m.after}.`,
    unplugged: () => "Débranché. La borne garde sa version ; la prochaine fois, la suite.",
    refused: (m) => `Refusé, ${m.code} : ${m.explanation}`,
    failed: (m) => `Échec : ${m.explanation}`,
  },
  time: "Temps",
  week: "Laisser passer une semaine",
  clockBreak: "Casser l’horloge",
  clockRepair: "Remettre l’horloge à l’heure",
  clockRuns: "l’horloge marche",
  clockStopped: "horloge arrêtée",
  trace: "Trace",
  layerBus: "Bus",
  layerApdu: "APDU",
  layerToken: "Jeton",
  polls: "Recherche de téléphones",
  filter: "Filtrer",
  pause: "Pause",
  clear: "Effacer",
  traceEmpty: "Présenter un téléphone pour voir chaque trame entre la borne, le PN532 et le téléphone.",
  to: { chip: "borne → PN532", host: "→ borne", phone: "→ téléphone" },
  field: "Champ",
  bytes: "Octets",
  meaning: "Sens",
  family: "Nom",
  given: "Prénom",
  token: "Jeton",
  slow: "Secondes avant chaque réponse",
  removedAfter: "Part après … commandes",
  phone: "Téléphone",
  installed: "Application installée",
  locked: "Application verrouillée",
  verified: "Porteur vérifié (code)",
  cancel: "Annuler",
  save: "Enregistrer",
  revoked: "révoqué depuis",
  lost: "Le simulateur s’est arrêté. Le relancer : cette page le retrouvera.",
  refused: (text) => `Refusé : ${text}`,
  marks: {
    absent: "sans application",
    locked: "verrouillé",
    unverified: "non vérifié",
    slow: (seconds) => `lent, ${seconds} s`,
    leaves: (count) => `part après ${count}`,
  },
  tokens: {
    valid: "valide",
    delegate: "valide, avec délégué",
    expired: "expiré",
    "not-yet-valid": "pas encore valide",
    revoked: "révoqué par l’émetteur",
    suspended: "suspendu par l’émetteur",
    "unknown-issuer": "émetteur inconnu",
    "key-revoked": "clé de l’émetteur révoquée",
    tampered: "falsifié",
    cloned: "cloné",
    uncovered: "sans droits",
    child: "non éligible (âge)",
    "other-algorithm": "autre algorithme",
    noise: "octets au hasard",
  },
};

export const LANGUAGES = { en: ENGLISH, fr: FRENCH };

let language = "fr";

/** The words of the language in force. */
export function texts() {
  return LANGUAGES[language];
}

/** "fr" or "en". */
export function current() {
  return language;
}

/** Changes the language, and every element that has a `data-text`, `data-label` or `data-placeholder`. */
export function speak(next) {
  language = next;
  document.documentElement.lang = next;
  const words = texts();
  document.title = words.heading;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = words[element.dataset.text];
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words[element.dataset.label]);
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = words[element.dataset.placeholder];
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === next));
  }
}
