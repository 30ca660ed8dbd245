"""Names of numbers and units in five languages, as data: time in hours, mass in grams.

Folded, as in `tools.words.fold`.
"""

from typing import Literal

Dimension = Literal["time", "temperature", "mass", "volume", "share", "length", "count"]

DAY = 24.0
WEEK, MONTH, YEAR = 7 * DAY, 30.4375 * DAY, 365.25 * DAY
_UNITS: tuple[tuple[Dimension, float, str], ...] = (
    ("time", 1 / 3600, "segundo segundos seg second seconds segon segons"),
    ("time", 1 / 60, "minuto minutos min mins minutito minutitos minut minuts minute minutes"),
    ("time", 1.0, "hora horas horitas h hs hr hrs hores hour hours"),
    ("time", DAY, "dia dias diitas d dies day days noche noches"),
    ("time", WEEK, "semana semanas semanita semanitas sem setmana setmanes week weeks wk wks"),
    ("time", 15 * DAY, "quincena quincenas fortnight"),
    ("time", MONTH, "mes meses mesecito mesecitos mesito mesitos mesos month months mesada"),
    ("time", 3 * MONTH, "trimestre trimestres"),
    ("time", YEAR, "ano anos anito anitos any anys year years"),
    ("mass", 1.0, "g gr grs gramo gramos gram grams gramet gramitos"),
    ("mass", 1000.0, "k kg kgs kilo kilos kilito kilitos quilo quilos"),
    ("mass", 453.6, "libra libras lb lbs pound pounds"),
    ("volume", 1.0, "ml mls cc mililitro mililitros"),
    ("volume", 30.0, "onza onzas oz ounce ounces"),
    ("volume", 1000.0, "litro litros l litre litres liter liters"),
    ("temperature", 1.0, "c grado grados graus gradu degrees celsius centigrados"),
    ("share", 1.0, "% porciento percent"),
    ("length", 1.0, "cm centimetro centimetros centimetres"),
    ("length", 0.1, "mm milimetro milimetros"),
    ("length", 100.0, "metro metros metres"),
)
UNITS: dict[str, tuple[Dimension, float]] = {
    unit: (dimension, factor) for dimension, factor, units in _UNITS for unit in units.split()
}
NUMBERS = {
    name: float(value)
    for value, names in {
        0: "cero zero",
        1: "un una uno unha um uma one an",
        2: "dos dous duas dois dues two",
        3: "tres three",
        4: "cuatro catro quatro quatre four",
        5: "cinco cinc five",
        6: "seis sis six",
        7: "siete sete set seven",
        8: "ocho oito vuit eight",
        9: "nueve nove nou nine",
        10: "diez dez deu ten",
        11: "once onze eleven",
        12: "doce doze dotze twelve",
        13: "trece treze tretze thirteen",
        14: "catorce catorze fourteen",
        15: "quince quinze fifteen",
        16: "dieciseis dezaseis setze sixteen",
        17: "diecisiete seventeen",
        18: "dieciocho dezaoito divuit eighteen",
        19: "diecinueve nineteen",
        20: "veinte vinte vint twenty",
        21: "veintiuno veintiun veintiuna",
        22: "veintidos",
        23: "veintitres",
        24: "veinticuatro",
        25: "veinticinco",
        26: "veintiseis",
        27: "veintisiete",
        28: "veintiocho",
        29: "veintinueve",
        30: "treinta trinta trenta thirty",
        40: "cuarenta corenta quarenta quaranta forty",
        50: "cincuenta cinquenta cinquanta fifty",
        60: "sesenta sessenta seixanta sixty",
        70: "setenta seventy",
        80: "ochenta oitenta vuitanta eighty",
        90: "noventa ninety",
        100: "cien ciento cen cem cent hundred",
        200: "doscientos doscientas docientos dosientos",
        300: "trescientos trescientas tresientos",
        400: "cuatrocientos cuatrocientas cuatrosientos",
        500: "quinientos quinientas",
        600: "seiscientos",
        700: "setecientos",
        800: "ochocientos",
        900: "novecientos",
        1000: "mil",
    }.items()
    for name in names.split()
}
