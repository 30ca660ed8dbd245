"""Which language a text is written in, by its function words.

Small words make up about half of any running text and differ from language to language. The lists
are the most frequent articles, pronouns, prepositions, conjunctions and auxiliaries among
Snowball's stop words (https://snowballstem.org/algorithms). Words that two languages share decide
nothing between them, so that short texts stay undecided.
"""

import re
from collections.abc import Mapping
from functools import cache

_WORD = re.compile(r"[^\W\d_]+")
_LISTS: Mapping[str, str] = {
    "es": "el la los las un una unos unas de del a al en por para con sin sobre entre desde hasta "
    "y o u e pero si no ni que como cuando donde quien cual porque aunque mientras se me te "
    "le les lo nos os mi tu su mis tus sus este esta esto estos estas ese esa eso esos esas "
    "es son era ser fue está están estás ha han hay haya he has muy más menos también ya "
    "hoy ahora antes después todo toda todos todas otro otra algo nada cada mucho poco tan "
    "así sí yo ella ellos qué cómo",
    "en": "the a an of to in on at by for with from and or but if not no so as is are was were be "
    "been being have has had do does did will would can could should may might must i you "
    "he she it we they me him her us them my your his its our their this that these those "
    "there here what which who when where why how all any each more most other some such "
    "than then too very just",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela para com sem "
    "sobre entre desde até e ou mas se não nem que como quando onde quem qual porque embora "
    "enquanto me te lhe lhes meu minha teu seu sua seus suas este esta isto esse essa isso "
    "é são foi ser está estão há tem têm você vocês muito mais menos também já hoje agora "
    "antes depois",
    "ca": "el la els les un una uns unes de del dels a al als en per amb sense sobre entre des "
    "fins i o però si no ni que com quan on qui quin perquè encara mentre es em et li ho hi "
    "seu seva aquest aquesta això aquests és són era ser està estan ha han hi molt més "
    "menys també ja avui ara abans després tot tota tots totes altre algun res cada així jo "
    "ella ells què té tenir",
    "fr": "le la les un une des de du à au aux en par pour avec sans sur entre et ou mais si ne "
    "pas ni que qui quoi comme quand où parce se me te lui leur il elle nous vous ils elles "
    "mon ma mes ton ta tes son sa ses ce cet cette ces est sont était être a ont avoir fait "
    "très plus moins aussi déjà maintenant avant après tout toute tous toutes autre chaque "
    "je tu dans votre vos",
    "it": "il lo la i gli le un uno una di del della dei delle a al alla ai in nel nella da dal "
    "per con senza su tra fra e o ma se non né che come quando dove chi quale perché mentre "
    "si mi ti ci vi mio tuo suo sua questo questa questi quello è sono era essere ha hanno "
    "ho molto più meno anche già oggi ora adesso prima dopo tutto tutti altro ogni così io "
    "lei loro cosa",
    "de": "der die das den dem des ein eine einen einem einer und oder aber wenn nicht kein keine "
    "ich du er sie es wir ihr mich dich sich mir dir ihm uns mein dein sein ihre ist sind "
    "war waren sein hat haben hatte wird werden kann können muss soll zu zum zur in im an "
    "am auf aus bei mit nach von vom vor für über unter um als wie was wer wo auch noch nur "
    "schon sehr",
}
_WORDS = {language: frozenset(text.split()) for language, text in _LISTS.items()}
_FEWEST = 4
"""Function words of the other language, and none of the expected one's, that make it that."""


def other_language(text: str, expected: str) -> str | None:
    """The language that `text` is rather written in than in `expected`, or None.

    Languages are ISO 639-1 codes; None too where `expected` is none of those that are known.
    """
    if expected not in _WORDS:
        return None
    found = _WORD.findall(text.lower())
    if len(found) < _FEWEST:
        return None
    own = sum(word in _WORDS[expected] for word in found)
    if own * 4 > len(found):
        return None
    for language in _WORDS:
        theirs = len([word for word in found if word in _only(language, expected)])
        ours = len([word for word in found if word in _only(expected, language)])
        if theirs >= _FEWEST and theirs > 2 * ours:
            return language
    return None


@cache
def _only(language: str, other: str) -> frozenset[str]:
    """The function words of a language that are none of the other's."""
    return _WORDS[language] - _WORDS[other]
