"""What people in many languages call the months and the seasons.

Words are looked up in plain text (:func:`plain`): lower case, without accents. Left out are short forms that are
ordinary words or names elsewhere ("set" is September in Lisbon, "out" October, "ian" January in Bucharest). Where a
name means two months the more common reading is kept ("listopad": November in Warsaw and Prague, October in Zagreb).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gennaro genn janeiro januari tammikuu tammikuuta "
    "styczeń stycznia leden ledna январь января янв січень січня ocak január ianuarie ιανουάριος ιανουαρίου gener "
    "januára janúar jaanuar janvāris sausis siječanj siječnja януари ינואר يناير जनवरी",
    "february feb febr februar feber février févr febrero febbraio febb fevereiro fev februari helmikuu helmikuuta "
    "luty lutego únor února февраль февраля лютий лютого şubat február februarie φεβρουάριος φεβρουαρίου febrer "
    "februára febrúar veebruar februāris vasaris veljača veljače февруари פברואר فبراير फ़रवरी",
    "march mar märz mrz maerz mars marzo março maart mrt maaliskuu maaliskuuta marzec marca březen března март "
    "марта березень березня mart március martie μάρτιος μαρτίου març marec marts märts kovas ožujak ožujka maret "
    "מרץ مارس मार्च",
    "april apr avril avr abril abr aprile april huhtikuu huhtikuuta kwiecień kwietnia duben dubna апрель апреля апр "
    "квітень квітня nisan április aprilie απρίλιος απριλίου apríl apríla aprill aprīlis balandis travanj travnja "
    "април אפריל أبريل अप्रैल",
    "may mai mayo maggio magg maio mei maj toukokuu toukokuuta maja květen května май мая травень травня mayıs "
    "május μάιος μαΐου maig máj mája maí maijs gegužė svibanj svibnja מאי مايو मई",
    "june jun juni juin junio giugno giu junho kesäkuu kesäkuuta czerwiec czerwca červen června июнь июня червень "
    "червня haziran június iunie ιούνιος ιουνίου juny jún júna júní juuni jūnijs birželis lipanj lipnja junij юни "
    "יוני يونيو जून",
    "july jul juli juillet juil julio luglio lug julho heinäkuu heinäkuuta lipiec lipca červenec července июль июля "
    "липень липня temmuz július iulie ιούλιος ιουλίου juliol júl júla júlí juuli jūlijs liepa srpanj srpnja julij "
    "юли יולי يوليو जुलाई",
    "august aug août aout agosto augustus augusti elokuu elokuuta sierpień sierpnia srpen srpna август августа авг "
    "серпень серпня ağustos augusztus αύγουστος αυγούστου agost ágúst augusta augusts rugpjūtis kolovoz kolovoza "
    "avgust agustus אוגוסט أغسطس अगस्त",
    "september sep sept septembre septiembre settembre sett setembro syyskuu syyskuuta wrzesień września září "
    "сентябрь сентября сен вересень вересня eylül szeptember septembrie σεπτέμβριος σεπτεμβρίου setembre septembra "
    "septembris rugsėjis rujan rujna septembar септември ספטמבר سبتمبر सितंबर",
    "october oct oktober okt octobre octubre ottobre ott outubro lokakuu lokakuuta październik października říjen "
    "října октябрь октября окт жовтень жовтня ekim október octombrie οκτώβριος οκτωβρίου októbra oktoober oktobris "
    "spalis oktobar октомври אוקטובר أكتوبر अक्टूबर",
    "november nov novembre noviembre novembro marraskuu marraskuuta listopad listopada listopadu ноябрь ноября нояб "
    "kasım noiembrie νοέμβριος νοεμβρίου novembra nóvember novembris lapkritis studeni studenoga novembar листопад "
    "листопада ноември נובמבר نوفمبر नवंबर",
    "december dec dez dezember décembre diciembre dic dicembre dezembro desember joulukuu joulukuuta grudzień "
    "grudnia prosinec prosince декабрь декабря дек грудень грудня aralık decembrie δεκέμβριος δεκεμβρίου desembre "
    "decembra detsember decembris gruodis prosinac prosinca decembar декември דצמבר ديسمبر दिसंबर",
)
_SEASONS = (
    "spring summer autumn fall winter frühling frühjahr sommer herbst printemps été automne hiver primavera verano "
    "otoño invierno estate autunno inverno verão outono lente voorjaar zomer herfst vår sommar höst vinter forår "
    "efterår høst kevät kesä syksy talvi wiosna lato jesień zima jaro léto podzim весна лето осень зима літо осінь "
    "ilkbahar yaz sonbahar kış tavasz nyár primăvară vară toamnă iarnă estiu tardor hivern leto jeseň jesen ljeto "
    "proljeće пролет лято есен άνοιξη καλοκαίρι φθινόπωρο χειμώνας vetur sumar haust kevad suvi sügis talv 春 夏 秋 冬 "
    "春天 夏天 秋天 冬天 봄 여름 가을 겨울 אביב קיץ סתיו חורף ربيع صيف خريف شتاء"
)


def plain(text: str) -> str:
    """*text* for recognition only: compatibility forms, accents and invisible marks gone, lower case.

    The narrow space that macOS puts before "PM" becomes a space. The digits of every script become ours: phones set to
    Arabic or Hindi write their file names with them.
    """
    kept = []
    for character in unicodedata.normalize("NFKD", text):
        category = unicodedata.category(character)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        elif category not in {"Mn", "Cf", "Cs"}:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).casefold()


@cache
def months() -> Mapping[str, int]:
    """Number of the month by its plain name."""
    return {plain(word): number for number, words in enumerate(_MONTHS, 1) for word in words.split()}


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Named expressions over plain text, the most exact first; groups ``y``, ``m`` (a word), ``d``.

    ``months``: several of one year; ``days``: several of one month; ``date``; ``month``; ``season``: only its year is
    known.
    """
    longest_first = sorted(months(), key=lambda word: (-len(word), word))
    one_of = "|".join(map(re.escape, longest_first))
    m = rf"(?<![^\W\d_])(?P<m>{one_of})(?![^\W\d_])"
    seasons = sorted({plain(word) for word in _SEASONS.split()}, key=lambda word: (-len(word), word))
    s = rf"(?<![^\W\d_])(?:{'|'.join(seasons)})(?![^\W\d_])"
    y = r"(?<!\d)(?P<y>\d{4})(?!\d)"
    d = r"(?<!\d)(?P<d>\d{1,2})(?!\d)(?:\.|st|nd|rd|th|er|º|ª|o(?![^\W\d_]))?"
    gap = r"[\s.,_'-]{0,3}(?:(?:of|de|del|d)[\s_'])?"
    to = r"(?:\s?(?:-|–|—|&|\+|/)\s?|[\s_](?:to|bis|au|al|and|und|et|y|e|i)[\s_])"
    not_a_range = r"(?!\s?[-–—/&+]\s?\d)"
    return tuple(
        (name, re.compile(expression))
        for name, expression in (
            ("months", rf"(?<![^\W\d_])(?:{one_of}){to}(?:\d{{1,2}}(?:\.|st|nd|rd|th)?{gap})?{m}{gap}{y}"),
            ("months", rf"{y}{gap}(?<![^\W\d_])(?:{one_of}){to}{m}"),
            ("days", rf"(?<!\d)\d{{1,2}}\.?{to}\d{{1,2}}(?:\.|st|nd|rd|th)?{gap}{m}{gap}{y}"),
            ("days", rf"{m}{gap}(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?{to}\d{{1,2}}(?:st|nd|rd|th)?[\s.,_]{{1,3}}{y}"),
            ("date", rf"{d}{gap}{m}{gap}{y}{not_a_range}"),
            ("date", rf"{m}{gap}{d}[\s.,_-]{{1,3}}{y}{not_a_range}"),
            ("date", rf"{y}{gap}{m}{gap}{d}{not_a_range}"),
            ("month", rf"{m}{gap}{y}{not_a_range}"),
            ("month", rf"{y}{gap}{m}"),
            ("season", rf"{s}{gap}{y}{not_a_range}"),
            ("season", rf"{y}{gap}{s}"),
        )
    )
