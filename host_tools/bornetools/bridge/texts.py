"""What to tell a person at the counter about a code, in French and English: a title, and what to do."""

from typing import Any

from borne.ui import texts_en, texts_fr

# Of a terminal that is not there: French title and action, then the English ones. Where several would
# do, the first of them tells most.
DISCONNECTED = {
    "PORT_TAKEN": (
        "Port occupé",
        "Attendre la fin de la synchronisation, ou fermer l’autre logiciel",
        "Port taken",
        "Wait until the sync is done, or close the other software",
    ),
    "CANNOT_OPEN": (
        "Port inaccessible",
        "Donner à cet utilisateur le droit d’ouvrir le port série",
        "Port cannot be opened",
        "Give this user the right to open the serial port",
    ),
    "OTHER_VERSION": (
        "Version incompatible",
        "Mettre à jour borne sur cet ordinateur ou sur la borne",
        "Version does not match",
        "Update borne on this computer or on the terminal",
    ),
    "OTHER_TERMINAL": (
        "Autre borne",
        "Rebrancher la borne de ce poste, ou relancer borne bridge",
        "Another terminal",
        "Plug in this counter's terminal, or start borne bridge anew",
    ),
    "NO_TERMINAL": (
        "Borne muette",
        "Débrancher la borne puis la rebrancher",
        "Terminal silent",
        "Unplug the terminal and plug it in again",
    ),
    "CHOOSE_PORT": (
        "Plusieurs bornes",
        "Nommer le port avec --port",
        "Several terminals",
        "Name the port with --port",
    ),
    "UNPLUGGED": (
        "Borne débranchée",
        "Brancher la borne à l’ordinateur",
        "Terminal unplugged",
        "Plug the terminal into the computer",
    ),
}
# Faults of a terminal that have no screen of their own.
_FAULTS = {
    "JOURNAL_FULL": (
        "Journal plein",
        "Exporter le journal : borne terminal journal",
        "Journal full",
        "Export the journal: borne terminal journal",
    ),
    "NO_TRUST": (
        "Données absentes",
        "Synchroniser la borne",
        "No trust data",
        "Sync the terminal",
    ),
    "STATUS_LIST": (
        "Liste illisible",
        "Synchroniser la borne",
        "List unreadable",
        "Sync the terminal",
    ),
    "NATIVE": (
        "Module natif refusé",
        "Réinstaller le logiciel : borne flash --app-only. La borne vérifie sans lui, plus lentement",
        "Native module refused",
        "Install the software again: borne flash --app-only. The terminal verifies without it, slower",
    ),
    "READER_KEY": (
        "Clé de lecteur illisible",
        "La réinstaller : borne provision reader-key. Des portefeuilles peuvent refuser un lecteur inconnu",
        "Reader key unreadable",
        "Install it again: borne provision reader-key. Wallets may refuse a reader that they do not know",
    ),
    "SEED": (
        "Mémoire de la borne",
        "Faire vérifier la borne : borne doctor. Elle n’a pas pu écrire sa graine de nombres aléatoires",
        "Terminal's memory",
        "Have the terminal checked: borne doctor. It could not write its seed of random numbers",
    ),
    "NOT_UNDERSTOOD": (
        "Message inconnu",
        "Lire l’écran de la borne, et mettre à jour borne sur cet ordinateur",
        "Unknown message",
        "Read the terminal's screen, and update borne on this computer",
    ),
}
_FAULT = (
    "Défaut de la borne",
    "Rebrancher la borne ; si cela persiste, la remplacer",
    "Terminal fault",
    "Replug the terminal; if it stays, replace it",
)


def of(code: str) -> dict[str, Any]:
    """`title` and `action`, each in `fr` and `en`."""
    texts: tuple[str, ...]
    if code in texts_fr.TITLES:
        texts = tuple(
            table[code] for one in (texts_fr, texts_en) for table in (one.TITLES, one.LINES)
        )
    else:
        texts = DISCONNECTED.get(code) or _FAULTS.get(code, _FAULT)
    return {
        "title": {"fr": texts[0], "en": texts[2]},
        "action": {"fr": texts[1], "en": texts[3]},
    }
