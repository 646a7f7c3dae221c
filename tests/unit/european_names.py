"""Names in the official languages of the European Union: as they are written, and decomposed (NFD)."""

NAMES = {
    "Bulgarian": (
        ("Георгиева Йорданова", "Георгиева И\u0306орданова"),
        ("Щъркелов Цветан", "Щъркелов Цветан"),
    ),
    "Croatian": (
        ("Šimić Đurđica", "S\u030cimic\u0301 Đurđica"),
        ("Žužul Čedo", "Z\u030cuz\u030cul C\u030cedo"),
    ),
    "Czech": (
        ("Dvořáková Zdeňka", "Dvor\u030ca\u0301kova\u0301 Zden\u030cka"),
        ("Šťastný Jiří Kůň", "S\u030ct\u030castny\u0301 Jir\u030ci\u0301 Ku\u030an\u030c"),
    ),
    "Danish": (
        ("Sørensen Åse", "Sørensen A\u030ase"),
        ("Kjær Bjørn", "Kjær Bjørn"),
    ),
    "Dutch": (
        ("Thijssen Daniëlle", "Thijssen Danie\u0308lle"),
        ("Zuĳderĳk Noé", "Zuĳderĳk Noe\u0301"),
    ),
    "English": (
        ("O’Connor Siân", "O’Connor Sia\u0302n"),
        ("Smith-Jones Zoë", "Smith-Jones Zoe\u0308"),
    ),
    "Estonian": (
        ("Põldmäe Ülle", "Po\u0303ldma\u0308e U\u0308lle"),
        ("Žukov Õie Šera", "Z\u030cukov O\u0303ie S\u030cera"),
    ),
    "Finnish": (
        ("Hämäläinen Åke", "Ha\u0308ma\u0308la\u0308inen A\u030ake"),
        ("Pöyhönen Šura", "Po\u0308yho\u0308nen S\u030cura"),
    ),
    "French": (
        ("Lefèvre Anaïs", "Lefe\u0300vre Anai\u0308s"),
        ("Œuvrard Maÿlis", "Œuvrard May\u0308lis"),
    ),
    "German": (
        ("Müller Jörg Weiß", "Mu\u0308ller Jo\u0308rg Weiß"),
        ("Schäfer Özlem", "Scha\u0308fer O\u0308zlem"),
    ),
    "Greek": (
        ("Παπαδοπούλου Ελένη", "Παπαδοπου\u0301λου Ελε\u0301νη"),
        ("Ταΰγετος Όλγα ΐϊϋ", "Ταυ\u0308\u0301γετος Ο\u0301λγα ι\u0308\u0301ι\u0308υ\u0308"),
    ),
    "Hungarian": (
        ("Erdős Csilla", "Erdo\u030bs Csilla"),
        ("Szűcs Győző Ágnes", "Szu\u030bcs Gyo\u030bzo\u030b A\u0301gnes"),
    ),
    "Irish": (
        ("Ó Súilleabháin Úna", "O\u0301 Su\u0301illeabha\u0301in U\u0301na"),
        ("Ní Dhónaill Íde", "Ni\u0301 Dho\u0301naill I\u0301de"),
    ),
    "Italian": (
        ("D’Alò Niccolò", "D’Alo\u0300 Niccolo\u0300"),
        ("Forlì Mosè", "Forli\u0300 Mose\u0300"),
    ),
    "Latvian": (
        ("Bērziņš Ģirts", "Be\u0304rzin\u0327s\u030c G\u0327irts"),
        ("Kļaviņa Šķērsta", "Kl\u0327avin\u0327a S\u030ck\u0327e\u0304rsta"),
    ),
    "Lithuanian": (
        ("Žemaitytė Rūta", "Z\u030cemaityte\u0307 Ru\u0304ta"),
        ("Šarūnas Jų Ąžuolė", "S\u030caru\u0304nas Ju\u0328 A\u0328z\u030cuole\u0307"),
    ),
    "Maltese": (
        ("Ċensu Għaxaq", "C\u0307ensu Għaxaq"),
        ("Żammit Ġorġ Ħal", "Z\u0307ammit G\u0307org\u0307 Ħal"),
    ),
    "Polish": (
        ("Łukasiewicz Żaneta", "Łukasiewicz Z\u0307aneta"),
        ("Święćkowski Józef", "S\u0301wie\u0328c\u0301kowski Jo\u0301zef"),
    ),
    "Portuguese": (
        ("Conceição João", "Conceic\u0327a\u0303o Joa\u0303o"),
        ("Brandão Inês", "Branda\u0303o Ine\u0302s"),
    ),
    "Romanian": (
        ("Ștefănescu Ionuț", "S\u0326tefa\u0306nescu Ionut\u0326"),
        ("Țîrlea Mădălina", "T\u0326i\u0302rlea Ma\u0306da\u0306lina"),
    ),
    "Slovak": (
        ("Ľuboš Hŕbeľ", "L\u030cubos\u030c Hr\u0301bel\u030c"),
        ("Škôlka Žďár Ťapák", "S\u030cko\u0302lka Z\u030cd\u030ca\u0301r T\u030capa\u0301k"),
    ),
    "Slovenian": (
        ("Žnidaršič Špela", "Z\u030cnidars\u030cic\u030c S\u030cpela"),
        ("Črnigoj Jože", "C\u030crnigoj Joz\u030ce"),
    ),
    "Spanish": (
        ("Núñez Peña Íñigo", "Nu\u0301n\u0303ez Pen\u0303a I\u0301n\u0303igo"),
        ("Agüero Begoña", "Agu\u0308ero Begon\u0303a"),
    ),
    "Swedish": (
        ("Åkerström Östen", "A\u030akerstro\u0308m O\u0308sten"),
        ("Sjögren Märta", "Sjo\u0308gren Ma\u0308rta"),
    ),
}
