"""What the fields of the trace mean, in English and in French."""

from typing import NamedTuple

Text = tuple[str, str]  # English, French


class Field(NamedTuple):
    name: str
    data: bytes
    text: Text


Named = tuple[str, list[Field]]  # a frame's or a command's name, and its fields


def plain(text: str) -> Text:
    """A value that reads the same in both languages."""
    return (text, text)


def labelled(name: str, value: str) -> Text:
    """The meaning of a field, and its value."""
    english, french = FIELDS[name]
    return f"{english}: {value}", f"{french} : {value}"


def count(name: str, number: int) -> Text:
    return labelled(name, str(number))


UNKNOWN: Text = ("unknown", "inconnu")

# UM0701-02, section 7.1
PN532_STATUS: dict[int, Text] = {
    0x00: ("no error", "sans erreur"),
    0x01: ("time out: the phone does not answer", "délai dépassé : le téléphone ne répond pas"),
    0x0B: ("RF protocol error", "erreur de protocole radio"),
    0x27: ("not in this context", "hors contexte"),
}
MORE: Text = ("more data follow", "d’autres données suivent")

# What each PN532 command is for, by its code: UM0701-02, section 7.
COMMANDS: dict[int, tuple[str, Text]] = {
    0x00: ("Diagnose", ("self test", "autotest")),
    0x02: ("GetFirmwareVersion", ("which chip is there", "quelle puce est là")),
    0x04: ("GetGeneralStatus", ("the chip’s state", "l’état de la puce")),
    0x06: ("ReadRegister", ("reads registers", "lit des registres")),
    0x08: ("WriteRegister", ("writes registers", "écrit des registres")),
    0x12: ("SetParameters", ("how the chip behaves", "comportement de la puce")),
    0x14: ("SAMConfiguration", ("no security module", "pas de module de sécurité")),
    0x16: ("PowerDown", ("sleeps until it is woken", "dort jusqu’au réveil")),
    0x32: ("RFConfiguration", ("settings of the field", "réglages du champ")),
    0x40: ("InDataExchange", ("an APDU to the phone", "une APDU vers le téléphone")),
    0x42: ("InCommunicateThru", ("a raw frame", "une trame brute")),
    0x44: ("InDeselect", ("lets the phone sleep", "met le téléphone en veille")),
    0x4A: ("InListPassiveTarget", ("looks for phones", "cherche des téléphones")),
    0x52: ("InRelease", ("forgets the phone", "oublie le téléphone")),
}
FRAME: dict[str, Text] = {
    "PREAMBLE": ("wakes the receiver", "réveille le récepteur"),
    "START CODE": ("a frame begins", "début de trame"),
    "LEN": ("length of TFI and data", "longueur de TFI et données"),
    "LCS": ("LEN + LCS = 0 modulo 256", "LEN + LCS = 0 modulo 256"),
    "D4": ("host to PN532", "hôte vers PN532"),
    "D5": ("PN532 to host", "PN532 vers hôte"),
    "DCS": ("TFI + data + DCS = 0 modulo 256", "TFI + données + DCS = 0 modulo 256"),
    "POSTAMBLE": ("the frame ends", "fin de trame"),
    "ACK": ("the frame has arrived whole", "la trame est arrivée entière"),
    "NACK": ("please repeat", "répétition demandée"),
    "SYNTAX": ("no such command, or not with these data", "commande ou données inconnues"),
}
RF_ITEMS: dict[int, Text] = {
    0x01: ("RF field", "champ radio"),
    0x02: ("various timings", "délais divers"),
    0x04: ("MaxRtyCOM", "MaxRtyCOM"),
    0x05: ("MaxRetries", "MaxRetries"),
}
ON: Text = ("on", "allumé")
OFF: Text = ("off", "éteint")

# ISO/IEC 7816-4
INSTRUCTIONS: dict[int, tuple[str, Text]] = {
    0xA4: ("SELECT", ("which application", "quelle application")),
    0x88: ("INTERNAL AUTHENTICATE", ("a challenge to the phone", "un défi au téléphone")),
    0xC0: ("GET RESPONSE", ("the rest of the answer", "la suite de la réponse")),
    0xB0: ("READ BINARY", ("reads from the file", "lit dans le fichier")),
    0xD6: ("UPDATE BINARY", ("writes to the file", "écrit dans le fichier")),
    0xC3: ("ENVELOPE", ("a message of the session", "un message de la session")),
}
STATUS_WORDS: dict[int, Text] = {
    0x9000: ("no error", "sans erreur"),
    0x6700: ("wrong length", "longueur incorrecte"),
    0x6884: ("command chaining not supported", "chaînage non pris en charge"),
    0x6985: ("conditions of use not satisfied: locked", "conditions non remplies : verrouillé"),
    0x6A80: ("wrong data", "données incorrectes"),
    0x6A82: ("application not found", "application absente"),
    0x6A86: ("wrong P1 P2", "P1 P2 incorrects"),
    0x6D00: ("instruction not supported", "instruction inconnue"),
    0x6E00: ("class not supported", "classe inconnue"),
}
WAITING: Text = ("{} more bytes wait", "encore {} octets en attente")
FIELDS: dict[str, Text] = {
    "CLA": ("class: first interindustry", "classe : interindustrie"),
    "CHAINED": ("class: more of this command follows", "classe : la commande continue"),
    "BY NAME": ("by application name (AID)", "par nom d’application (AID)"),
    "FIRST": ("first or only one", "première ou unique"),
    "P": ("no meaning here", "sans objet ici"),
    "AID": ("application’s name: F0, “BORNE”, 01", "nom d’application : F0, « BORNE », 01"),
    "BY FILE": ("by file identifier", "par identifiant de fichier"),
    "NO FCI": ("without file control information", "sans informations de contrôle"),
    "OFFSET": ("where in the file", "où dans le fichier"),
    "FILE": ("which file", "quel fichier"),
    "DO'53'": ("a part of the encrypted message", "une partie du message chiffré"),
    "eReaderKey": ("the terminal’s key for this tap", "la clé de la borne pour ce passage"),
    "data": ("encrypted: AES-256-GCM", "chiffré : AES-256-GCM"),
    "session status": ("10, 11: failed; 20: ends", "10, 11 : échec ; 20 : fin"),
    "Lc": ("bytes of data", "octets de données"),
    "Le": ("bytes expected at most", "octets attendus au plus"),
    "NbTg": ("phones found", "téléphones trouvés"),
    "MaxTg": ("phones at most", "téléphones au plus"),
    "BrTy": ("106 kbit/s type A", "106 kbit/s type A"),
    "SENS_RES": ("ATQA: UID of 4 bytes", "ATQA : UID de 4 octets"),
    "SEL_RES": ("SAK: speaks ISO/IEC 14443-4", "SAK : parle ISO/CEI 14443-4"),
    "NFCID1t": ("UID: random at each tap", "UID : aléatoire à chaque passage"),
    "ATS": ("answer to select: frame size, waiting time", "réponse : taille des trames, attente"),
    "Tg": ("which phone", "quel téléphone"),
    "IC": ("PN532", "PN532"),
    "Ver": ("version of its firmware", "version de son micrologiciel"),
    "Rev": ("revision", "révision"),
    "Support": ("ISO 14443 A and B, ISO 18092", "ISO 14443 A et B, ISO 18092"),
    "DATA": ("the APDU: see its line", "l’APDU : voir sa ligne"),
    "PART": ("a part of the answer", "une partie de la réponse"),
    "OTHER": ("parameters", "paramètres"),
    "CfgItem": ("another setting", "autre réglage"),
    "ConfigurationData": ("its values", "ses valeurs"),
    "InitiatorData": ("which phone", "quel téléphone"),
    "NFCIDLength": ("bytes of UID", "octets d’UID"),
    "Flags": ("automatic ATR_RES and RATS", "ATR_RES et RATS automatiques"),
    "Timeout": ("of the SAM: unused", "du SAM : inutile"),
    "IRQ": ("the chip drives its IRQ line", "la puce pilote sa ligne IRQ"),
    "GenerateIRQ": ("says so on the IRQ line", "le dit sur la ligne IRQ"),
    "WakeUpEnable": ("what wakes it: I2C, SPI or HSU", "ce qui la réveille : I2C, SPI ou HSU"),
    "Mode": ("normal: no SAM", "normal : sans SAM"),
    "version": ("profile version", "version du profil"),
    "size": ("largest response", "réponse la plus longue"),
    "nonce": ("random, fresh at each tap", "aléatoire, neuf à chaque passage"),
    "terminal": ("which terminal asks", "quelle borne demande"),
    "purpose": ("what for", "pour quoi"),
    "time": ("the terminal’s clock", "l’horloge de la borne"),
    "token": ("signed by the issuer", "signé par l’émetteur"),
    "kid": ("which of the issuer’s keys", "laquelle des clés de l’émetteur"),
    "iss": ("issuer", "émetteur"),
    "exp": ("expires", "expire"),
    "nbf": ("not before", "pas avant"),
    "iat": ("issued", "émis"),
    "cti": ("the token’s number, random", "numéro du jeton, aléatoire"),
    "hcov": ("the holder’s cover:", "la couverture du titulaire :"),
    "family": ("family name", "nom"),
    "given": ("given name", "prénom"),
    "born": ("birth date", "date de naissance"),
    "nir": ("insured number", "numéro d’assuré"),
    "rank": ("rank, 0: the insured", "rang, 0 : l’assuré"),
    "scheme": ("scheme, fund, office", "régime, caisse, centre"),
    "departement": ("département", "département"),
    "entitlements": ("entitled", "droits"),
    "proofing": ("how identity was proved", "preuve d’identité"),
    "delegate": ("delegate, until", "délégué, jusqu’au"),
    "issuer's signature": ("the issuer’s: r and s", "de l’émetteur : r et s"),
    "holder's signature": ("the phone’s: r and s", "du téléphone : r et s"),
    "method": ("how", "comment"),
    "proof": ("signed by the phone, over the nonce", "signée par le téléphone, avec le nonce"),
    "idx": ("place in the issuer’s status list", "place dans la liste de l’émetteur"),
    "cnf": ("the holder’s key: a clone lacks it", "clé du titulaire : un clone ne l’a pas"),
    "uv": ("the phone has verified its user", "le téléphone a vérifié son porteur"),
    "not uv": ("its user is not verified", "porteur non vérifié"),
    "ES256": ("ECDSA on P-256 with SHA-256", "ECDSA sur P-256 avec SHA-256"),
}
# An mdoc's handover: applications and files, NDEF records by type.
APPLICATIONS: dict[str, Text] = {
    "F0424F524E4501": FIELDS["AID"],
    "D2760000850101": ("NDEF: is there a handover?", "NDEF : y a-t-il une remise ?"),
    "A0000002480400": ("mdoc, ISO/IEC 18013-5", "mdoc, ISO/CEI 18013-5"),
}
CAPABILITIES: Text = ("capability container: sizes, and the file", "capacités : tailles, fichier")
NLEN: Text = ("length of the NDEF message, 0: not yet", "longueur du message NDEF, 0 : pas encore")
NDEF_PART: Text = ("a part of the NDEF message", "une partie du message NDEF")
RECORDS: dict[str, Text] = {
    "Tp": ("offers a service: connection handover", "propose un service : la remise"),
    "Ts": ("chooses the service", "choisit le service"),
    "Te": ("status of the service, 0: ready", "état du service, 0 : prêt"),
    "Hr": ("handover request: NFC alone", "demande de remise : NFC seul"),
    "Hs": ("handover select: the carriers chosen", "réponse de remise : moyens retenus"),
    "iso.org:18013:nfc": (
        "NFC data transfer, longest APDUs",
        "transfert NFC, APDU les plus longues",
    ),
    "iso.org:18013:deviceengagement": (
        "the phone’s key for this tap",
        "clé du téléphone, ce passage",
    ),
    "application/vnd.bluetooth.le.oob": ("Bluetooth", "Bluetooth"),
}
# Fields of `hcov` by their keys: docs/protocol.md.
COVER = dict(
    enumerate(
        (
            "family",
            "given",
            "born",
            "nir",
            "rank",
            "scheme",
            "departement",
            "entitlements",
            "proofing",
            "delegate",
        ),
        1,
    )
)
