"""The names of the months in the languages of Europe, and what month their beginnings mean.

How dates are read belongs in `order_dates.py`.
"""
# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_ENGLISH: Final = "january february march april may june july august september october november december"
_OTHERS: Final = (
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz apr maj jun jul aug sept okt nov dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "január február marec apríl máj jún júl august september október november december",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "január február március április május június július augusztus szeptember október november december",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
    "siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac",
    "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",  # noqa: E501  # a line is a language
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "януари февруари март април май юни юли август септември октомври ноември декември",
)
SHORTEST: Final = 3


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i").replace("ł", "l"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _beginnings(names: str) -> Iterator[tuple[str, int]]:
    for month, name in enumerate(_plain(names).split(), 1):
        for length in range(SHORTEST, max(SHORTEST, len(name)) + 1):
            yield name[:length], month


def _months() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for names in _OTHERS:
        for beginning, month in _beginnings(names):
            found.setdefault(beginning, set()).add(month)
    certain = {beginning: months.pop() for beginning, months in found.items() if len(months) == 1}
    return certain | dict(_beginnings(_ENGLISH))


MONTHS: Final = _months()
"""The month by the first letters of its name, in lower case without accents; English decides, and what means two is
none: `listopad` is November in Polish and October in Croatian."""
