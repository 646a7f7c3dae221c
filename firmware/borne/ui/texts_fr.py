"""French. What operators see: titles of 13 columns a line, lines of 21."""

from micropython import const

_CARD = const("Utiliser la carte physique")
_REFUSE = const("Ne pas accepter. Utiliser la carte physique")
_SYNC = const("Synchroniser la borne, puis réessayer")
_SYNC_OR_CARD = const("Synchroniser la borne ou utiliser la carte physique")

# By verdict code, then by state of the terminal: the title, and what to do. That stands beside the icon for
# accept, warn, idle and LOWER_CLOCK (2 lines of 15 columns), else below it. Constant rows take no heap
# where they are frozen.
SAID = const(
    (
        ("VALID", "Valide", "Droits ouverts"),
        ("VALID_STALE", "À actualiser", "Valide. Mettre la borne à jour"),
        ("NO_ENTITLEMENT", "Sans droits", "Demander une attestation"),
        ("NOT_ELIGIBLE", "Non éligible", "Demander la carte physique"),
        ("IDENTITY_NOT_BOUND", "Nom incertain", "Voir la pièce d’identité"),
        ("EXPIRED", "Carte expirée", "Connecter le téléphone à Internet, puis réessayer"),
        ("NOT_YET_VALID", "Pas encore valide", _CARD),
        ("REVOKED", "Carte révoquée", _CARD),
        ("SUSPENDED", "Carte suspendue", _CARD),
        ("UNKNOWN_ISSUER", "Émetteur inconnu", _SYNC_OR_CARD),
        ("ISSUER_REVOKED", "Émetteur révoqué", _CARD),
        ("BAD_SIGNATURE", "Signature invalide", _REFUSE),
        ("CLONED", "Carte copiée", _REFUSE),
        (
            "HOLDER_NOT_PRESENT",
            "Téléphone verrouillé",
            "Déverrouiller l’appli et présenter à nouveau",
        ),
        ("RELAY_SUSPECTED", "Relais suspecté", _REFUSE),
        ("MALFORMED", "Carte illisible", _CARD),
        ("UNSUPPORTED", "Format inconnu", _SYNC_OR_CARD),
        ("TRUST_STALE", "Borne périmée", _SYNC),
        ("CLOCK_UNSET", "Heure inconnue", _SYNC),
        ("NO_APPLICATION", "Appli absente", "Déverrouiller le téléphone et ouvrir l’appli"),
        ("TORN", "Lecture interrompue", "Présenter à nouveau sans bouger"),
        ("INTERNAL", "Erreur interne", "Réessayer, sinon utiliser la carte physique"),
        ("STARTING", "Démarrage…", "Patienter"),
        ("IDLE", "Prêt", "Poser le téléphone"),
        ("READING", "Lecture…", "Garder le téléphone immobile"),
        ("REMOVE", "Retirer le téléphone", "L’ôter du lecteur, présenter à nouveau si besoin"),
        ("BUSY", "Vérification…", "Patienter"),
        ("READER_RESET", "Lecteur muet", "Redémarrage en cours, patienter"),
        ("NO_READER", "Pas de lecteur", "Vérifier le câble, puis rebrancher la borne"),
        ("SET_CLOCK", "Régler l’heure ?", "Oui : appuyer sur le bouton"),
        ("LOWER_CLOCK", "Reculer ?", "Si juste, tenir le bouton 3 s"),
    )
)

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
