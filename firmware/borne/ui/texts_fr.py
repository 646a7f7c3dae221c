"""French. What operators see: titles of 13 columns a line, lines of 21."""

_CARD = "Utiliser la carte physique"
_REFUSE = "Ne pas accepter. Utiliser la carte physique"
_SYNC = "Synchroniser la borne, puis réessayer"
_SYNC_OR_CARD = "Synchroniser la borne ou utiliser la carte physique"

# By verdict code, then by state of the terminal.
TITLES = {
    "VALID": "Valide",
    "VALID_STALE": "À actualiser",
    "NO_ENTITLEMENT": "Sans droits",
    "NOT_ELIGIBLE": "Non éligible",
    "IDENTITY_NOT_BOUND": "Nom incertain",
    "EXPIRED": "Carte expirée",
    "NOT_YET_VALID": "Pas encore valide",
    "REVOKED": "Carte révoquée",
    "SUSPENDED": "Carte suspendue",
    "UNKNOWN_ISSUER": "Émetteur inconnu",
    "ISSUER_REVOKED": "Émetteur révoqué",
    "BAD_SIGNATURE": "Signature invalide",
    "CLONED": "Carte copiée",
    "HOLDER_NOT_PRESENT": "Téléphone verrouillé",
    "RELAY_SUSPECTED": "Relais suspecté",
    "MALFORMED": "Carte illisible",
    "UNSUPPORTED": "Format inconnu",
    "TRUST_STALE": "Borne périmée",
    "CLOCK_UNSET": "Heure inconnue",
    "NO_APPLICATION": "Appli absente",
    "TORN": "Lecture interrompue",
    "INTERNAL": "Erreur interne",
    "STARTING": "Démarrage…",
    "IDLE": "Prêt",
    "READING": "Lecture…",
    "REMOVE": "Retirer le téléphone",
    "BUSY": "Vérification…",
    "READER_RESET": "Lecteur muet",
    "NO_READER": "Pas de lecteur",
    "SET_CLOCK": "Régler l’heure ?",
    "LOWER_CLOCK": "Reculer ?",
}

# What to do. Beside the icon for accept, warn, idle and LOWER_CLOCK (2 lines of 15 columns); else below it.
LINES = {
    "VALID": "Droits ouverts",
    "VALID_STALE": "Valide. Mettre la borne à jour",
    "NO_ENTITLEMENT": "Demander une attestation",
    "NOT_ELIGIBLE": "Demander la carte physique",
    "IDENTITY_NOT_BOUND": "Voir la pièce d’identité",
    "EXPIRED": "Connecter le téléphone à Internet, puis réessayer",
    "NOT_YET_VALID": _CARD,
    "REVOKED": _CARD,
    "SUSPENDED": _CARD,
    "UNKNOWN_ISSUER": _SYNC_OR_CARD,
    "ISSUER_REVOKED": _CARD,
    "BAD_SIGNATURE": _REFUSE,
    "CLONED": _REFUSE,
    "HOLDER_NOT_PRESENT": "Déverrouiller l’appli et présenter à nouveau",
    "RELAY_SUSPECTED": _REFUSE,
    "MALFORMED": _CARD,
    "UNSUPPORTED": _SYNC_OR_CARD,
    "TRUST_STALE": _SYNC,
    "CLOCK_UNSET": _SYNC,
    "NO_APPLICATION": "Déverrouiller le téléphone et ouvrir l’appli",
    "TORN": "Présenter à nouveau sans bouger",
    "INTERNAL": "Réessayer, sinon utiliser la carte physique",
    "STARTING": "Patienter",
    "IDLE": "Poser le téléphone",
    "READING": "Garder le téléphone immobile",
    "REMOVE": "L’ôter du lecteur, présenter à nouveau si besoin",
    "BUSY": "Patienter",
    "READER_RESET": "Redémarrage en cours, patienter",
    "NO_READER": "Vérifier le câble, puis rebrancher la borne",
    "SET_CLOCK": "Oui : appuyer sur le bouton",
    "LOWER_CLOCK": "Si juste, tenir le bouton 3 s",
}

# Who, and until when: one line of 21 columns each, but names may be longer and then move.
DATE = "{2}/{1}/{0}"  # year, month, day
CLOCK = "{} {}"  # date and time
BECOMES = "devient"  # between two times: the clock would go from one to the other
BORN = "né(e) le {}"
UNTIL = "jusqu’au {}"
PLACE = "{}/{} "  # of several beneficiaries on one phone; stands before names and instructions
DELEGATE = "par {}"
FROM_PID = "(nom d’après le PID)"  # a line below the name

# The age of the trust data, largest unit first: seconds, one of them, several.
TRUST = "Données : {}"
AGES = ((86400, "1 jour", "{} jours"), (3600, "1 heure", "{} heures"), (60, "1 min", "{} min"))
AGE_NOW = "à l’instant"
AGE_UNKNOWN = "âge inconnu"
