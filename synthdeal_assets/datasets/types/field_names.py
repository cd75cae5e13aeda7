"""What the name of a field suggests: a type of the catalogue, or a generator with usual values.

Names are split into words, abbreviations written out, and looked up whole, in English, German and Spanish; then keys,
flags, dates and counts are told by their first or last word, then a qualifier is left aside; misspellings come last.
What stays unknown is for the caller to make a text, and to say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from synthdeal_assets.datasets.types.name_words import (
    contexts,
    cue,
    folded,
    kind_of_word,
    meaning_of,
    meanings,
    mended_word,
    nearest,
    phrases,
    singulars,
    split_name,
    vocabulary,
    without_little,
    written_out,
)
from synthdeal_assets.datasets.types.usual_forms import USUAL_FORMS, Form


@dataclass(frozen=True)
class TypeGuess:
    """What a field may be.

    Attributes:
        type: Name of a type of the catalogue; None where it is a generator.
        form: The generator as a specification has it, its scalars as text: {"flag": "50%"}; `refers_to` holds the name
            of what is referred to, in the words of the field, which may be no table.
        reason: Why, as a sentence without its full stop.
    """

    type: str | None
    form: Form | None
    reason: str


@dataclass(frozen=True)
class _Name:
    """A name and where it stands.

    Attributes:
        words: Its words as they are.
        written: Its words, abbreviations written out.
        table: Name of its table.
        kind: What rows of that table are, of `tables.csv`; "" where that is not known.
        siblings: Names of the other fields.
    """

    words: list[str]
    written: list[str]
    table: str
    kind: str
    siblings: Sequence[str]

    @property
    def phrase(self) -> str:
        return " ".join(self.words)

    def numbers(self, words: Sequence[str]) -> bool:
        """Whether words name the rows of the table: customer in customers, order line in order_lines."""
        names = split_name(self.table)
        if not words or not names:
            return False
        rows = singulars("".join(names)) | singulars(names[-1]) | (singulars(names[0]) if len(names) > 1 else set())
        return bool(singulars("".join(words)) & rows)


PAST: Final = "as_of - 730 days .. as_of"
FUTURE: Final = "as_of .. as_of + 365 days"
LONG_AGO: Final = "as_of - 3650 days .. as_of"

_ENTITIES: Final = ("person.full_name", "company.name", "product.name")
_TYPE_WORDS: Final = {
    word: meaning
    for meaning, words in {
        "type": "type kind typ art tipo",
        "source": "source quelle herkunft fuente origen",
        "level": "level stufe nivel",
        "method": "method methode metodo",
        "channel": "channel kanal",
        "reason": "reason grund motivo razon",
    }.items()
    for word in words.split()
}


def type_of_name(field: str, table: str, siblings: Sequence[str] = ()) -> TypeGuess | None:
    """What a field of that name in that table may be; None where nothing is known.

    Args:
        field: The name, in any manner of writing: emailAddress, cust_no, Geburtsdatum, fecha_alta.
        table: Name of its table, which decides what names alone cannot.
        siblings: Names of the other fields of the table.
    """
    words = split_name(field)
    if not words:
        return None
    name = _Name(words, written_out(words), table, _kind_of(table, siblings), siblings)
    for attempt in (_whole, _key, _date, _flag, _counted, _number, _named, _qualified, _compound, _misspelt, _code):
        guess = attempt(name)
        if guess is not None:
            return guess
    return None


def _said_by(names: Sequence[str]) -> set[str | None]:
    return {meaning_of(written_out(split_name(name))) for name in names}


def _kind_of(table: str, siblings: Sequence[str]) -> str:
    words = split_name(table)
    # Reservas de restaurante are reservas.
    words = words[: min((words.index(of) for of in ("de", "del", "of") if of in words[1:]), default=len(words))]
    kind = next((kind for word in reversed(words) if (kind := kind_of_word(word))), "")
    beside = _said_by(siblings)
    accounts = {"finance.iban", "finance.balance", "finance.account_number", "finance.account_type"}
    if kind == "company" and beside & accounts:
        return "payment"
    if kind:
        return kind
    signs = (
        ("product", {"product.price", "product.sku", "product.stock", "product.category"}),
        ("company", {"company.industry", "company.website", "company.employees", "company.annual_revenue"}),
        (
            "person",
            {
                "person.email",
                "person.birth_date",
                "person.age",
                "person.gender",
                "person.last_name",
                "person.first_name",
            },
        ),
    )
    return next((guessed for guessed, signs_of in signs if beside & signs_of), "")


def _whole(name: _Name) -> TypeGuess | None:
    """The name itself, or what is left when it begins with what the table holds."""
    one = [*name.written[:-1], name.written[-1].removesuffix("s")]
    german = ["nummer" if word == "number" else word for word in name.written]
    for said in (name.words, name.written, without_little(name.written), german, one):
        found = phrases().get(folded(said))
        if found is not None:
            many = said is one and one != name.written and found[0] in _ENTITIES
            return _made(">count" if many else found[0], said, name)
    if len(name.written) > 1 and name.written[-1] in cue("trailing"):
        found = phrases().get(folded(name.written[:-1]))
        if found is not None:
            return _made(found[0], name.written[:-1], name)
    for start in range(1, len(name.written)):
        # The name of a dog is nobody's, whoever an appointment for it is of.
        if name.numbers(name.written[:start]) and kind_of_word(name.written[start - 1]) != "animal":
            found = phrases().get(folded(name.written[start:]))
            if found is not None and (found[1] or found[0][0] in ">?"):
                return _made(found[0], name.written[start:], name)
    return None


def _made(meaning: str, said: Sequence[str], name: _Name) -> TypeGuess | None:
    """What a meaning of `field_names.csv` comes to: ? for what the table decides, > for a generator, else a type."""
    phrase = " ".join(said)
    if meaning.startswith("?"):
        return _by_context(meaning[1:], phrase, name)
    if meaning == ">score" and "lead" in name.table.lower():
        meaning = "crm.lead_score"
    if meaning == ">distance" and name.kind == "vehicle" and said[0] in _DRIVEN and not _PER & {*name.written}:
        meaning = ">odometer"
    if meaning == "person.age" and name.kind == "animal":
        meaning = ">animal age"
    if meaning == "product.weight_kg" and name.kind == "person" and said[0] != "kilos":
        meaning = ">weight"
    if meaning == "company.annual_revenue" and not _is_of_a_year(said, name):
        meaning = "finance.amount"
    form = _form(meaning, said, name)
    if form is not None:
        return TypeGuess(None, form, f'"{phrase}" in {name.table} is a {meaning.lstrip(">")}')
    if meaning == "business.rating":
        meaning = contexts().get(("rating", name.kind), meaning)
    if name.kind == "company":
        meaning = _OF_COMPANY.get(meaning, meaning)
    return TypeGuess(meaning, None, f'"{phrase}" is known as {meaning}')


_PER: Final = {"per", "pro", "por"}
_DRIVEN: Final = ("mileage", "km", "kilometers", "kilometer", "kilometros", "miles")


def _part_of_name(beside: set[str | None]) -> str:
    """Name beside Nachname is the first one, beside Vorname the last one."""
    first, last = "person.first_name" in beside, "person.last_name" in beside
    return "person.full_name" if first == last else "person.last_name" if first else "person.first_name"


def _is_of_a_year(said: Sequence[str], name: _Name) -> bool:
    """Whether a revenue is what a company has in a year, and not what a shop has on a day."""
    yearly = any(word.startswith(("annual", "year", "jahr", "anual", "arr")) for word in said)
    beside = any((one or "").startswith("company.") for one in _said_by(name.siblings))
    return yearly or name.kind == "company" or beside


def _form(meaning: str, said: Sequence[str], name: _Name) -> Form | None:
    if meaning == "business.customer_number" and name.kind in ("person", "company"):
        return {"key": "C-{:06d}"}
    if meaning in (">date", ">datetime"):
        return {meaning[1:]: _span(said)}
    if meaning == ">key":
        return {"key": "integer"}
    return USUAL_FORMS[meaning[1:]] if meaning.startswith(">") else None


_PLACED: Final = "country country_code region city postcode street address time_zone latitude longitude currency"
_OF_COMPANY: Final = {f"place.{name}": f"company.{name}" for name in _PLACED.split()} | {
    "person.phone": "company.phone",
    "person.email": "company.email",
}
"""In a table of companies the place and the number are the company's."""


def _by_context(meaning: str, phrase: str, name: _Name) -> TypeGuess | None:
    if meaning == "state" and (meaning, name.kind) not in contexts():
        placed = {"place.city", "place.postcode", "place.country", "place.street", "place.address"}
        near = _said_by(name.siblings) & placed
        made = "place.region" if near else "business.status"
        return TypeGuess(made, None, f'"{phrase}" {"stands beside an address" if near else "stands beside no address"}')
    made = contexts().get((meaning, name.kind)) or contexts().get((meaning, ""), "")
    if not made or (meaning in ("position", "team") and set(split_name(name.table)) & _PLAYERS):
        return None
    if name.kind == "company":
        made = _OF_COMPANY.get(made, made)
    if (meaning, made) == ("name", "person.full_name"):
        made = _part_of_name(_said_by(name.siblings))
    return TypeGuess(made, None, f'"{phrase}" in a name.table such as {name.table} is {made}')


_PLAYERS: Final = {"player", "players", "jugador", "jugadores", "jugadora", "jugadoras", "spieler", "spielern"}

_NO_TABLE: Final = ("person.email", "person.phone", "person.mobile", "internet.user_name", "finance.iban")
"""What has no rows of its own, so that an id of it is itself."""


def _key(name: _Name) -> TypeGuess | None:
    """customer_id, id_cliente, KundenID: the key of its own table, a reference in others."""
    said = [*name.words]
    form = "uuid" if said[-1] in ("uuid", "guid") else "integer"
    if said[-1] in cue("key") and len(said) > 1:
        subject = said[:-1]
    elif said[0] in cue("key") and len(said) > 1:
        subject = without_little(said[1:])
    elif len(said) == 1 and said[0].endswith("id") and kind_of_word(said[0][:-2]):
        subject = [said[0][:-2]]
    else:
        return None
    subject = written_out(subject)
    if meaning_of(subject) in _NO_TABLE:
        return _made(str(meaning_of(subject)), subject, name)
    if name.numbers(subject):
        return TypeGuess(None, {"key": form}, f'"{name.phrase}" is the key of {name.table}')
    return TypeGuess(None, {"refers_to": "_".join(subject)}, f'"{name.phrase}" refers to a row of another name.table')


def _span(words: Sequence[str]) -> str:
    found = set(words)
    if found & cue("ahead") or any(word.startswith(("faellig", "ablauf", "liefer", "end")) for word in words):
        return FUTURE
    return LONG_AGO if found & cue("ago") or words[-1].endswith("seit") or _begins_long_ago(words[-1]) else PAST


def _begins_long_ago(word: str) -> bool:
    return word.endswith("datum") and word.removesuffix("datum").rstrip("s") in cue("ago")


def _date(name: _Name) -> TypeGuess | None:
    """order_date, fecha_pedido, Bestelldatum, hired_on; created_at and other points in time."""
    if name.written[-1] == "time" and "time.time_of_day" in _said_by(name.siblings):
        return TypeGuess("time.time_of_day", None, f'"{name.phrase}" stands beside a time of day')
    if _is_moment(name.written):
        return TypeGuess(None, {"datetime": _span(name.written)}, f'"{name.phrase}" is a point in time')
    if not _is_day(name):
        return None
    if {"birth", "nacimiento"} & set(name.written):
        return TypeGuess("person.birth_date", None, f'"{name.phrase}" is a birth date')
    return TypeGuess(None, {"date": _span(name.written)}, f'"{name.phrase}" is a day')


def _is_moment(written: Sequence[str]) -> bool:
    last = written[-1]
    if written[-2:] in (["date", "time"], ["datum", "zeit"]) or last.endswith(("zeitpunkt", "zeitstempel")):
        return True
    with_time = written[0] == "date" and bool({"time", "hora"} & set(written))
    return len(written) > 1 and (with_time or last in cue("moment"))


def _is_day(name: _Name) -> bool:
    written, last, first = name.written, name.written[-1], name.written[0]
    if len(written) > 1 and written[-2] in _PER:
        # A price per day is no day.
        return False
    if len(written) > 1 and (last in cue("day") or first in ("date", "datum", "fecha")):
        return True
    if len(last) > 6 and last.endswith(("datum", "termin", "tag", "beginn", "ende", "seit")):
        return not last.endswith(("betrag", "vertrag"))
    if len(written) in (2, 3) and first in cue("lately") and (last.endswith("ed") or last in cue("done")):
        return True
    qualified = len(written) == 1 or name.kind not in ("place", "") or first in cue("lasting")
    return last in cue("dated") and qualified


def _flag(name: _Name) -> TypeGuess | None:
    answers = name.written[-1] in cue("answering") and name.written[0] not in cue("spanish head")
    says_so = answers or name.words[0] in cue("asking") or name.words[-1] in ("yn", "flg", "ind")
    if len(name.words) > 1 and says_so:
        return TypeGuess(None, USUAL_FORMS["flag"], f'"{name.phrase}" is true or false')
    return None


def _counted(name: _Name) -> TypeGuess | None:
    if len(name.written) < 2:
        word = name.written[0]
        if len(word) > 8 and word.endswith(("anzahl", "zahl")):
            return TypeGuess(None, USUAL_FORMS["count"], f'"{name.phrase}" is a count')
        return None
    many = name.written[0] in ("number", "num", "numero", "no", "nr") and (
        name.written[1] == "of" or (name.words[0] in ("num", "n") and name.words[-1].endswith("s"))
    )
    # Número de habitaciones counts rooms, número de factura is what one invoice has.
    many = many or (len(name.written) > 2 and name.written[:2] == ["numero", "de"] and name.written[2].endswith(_MANY))
    if many or name.written[-1] == "count" or name.written[0] in ("anzahl", "zahl", "cantidad", "count"):
        return TypeGuess(None, USUAL_FORMS["count"], f'"{name.phrase}" is a count')
    if name.written[-1] in ("percent", "percentage", "prozent") or name.written[0] == "porcentaje":
        return TypeGuess(None, USUAL_FORMS["percent"], f'"{name.phrase}" is a percentage')
    many = meaning_of([name.words[-1].removesuffix("s")]) in _ENTITIES and name.words[0] in ("max", "min", "maximum")
    every = name.written[0] == "total" and name.written[-1].endswith("s") and meaning_of(name.written[1:]) is None
    return TypeGuess(None, USUAL_FORMS["count"], f'"{name.phrase}" is a count') if many or every else None


_MANY: Final = ("as", "os", "es")


def _numbered(written: Sequence[str]) -> list[str] | None:
    """What is numbered: employee in employee_no, Mitarbeiter in Mitarbeiternummer."""
    if len(written) > 1 and written[-1] in cue("number"):
        return [*written[:-1]]
    if len(written) > 1 and written[0] in ("numero", "codigo", "nummer"):
        return without_little(written[1:])
    if len(written) == 1 and len(written[0]) > 8 and written[0].endswith(("nummer", "number")):
        return [written[0].removesuffix("nummer").removesuffix("number")]
    return None


def _number(name: _Name) -> TypeGuess | None:
    """employee_no, Mitarbeiternummer, codigo_empleado: a key in their own table."""
    subject = _numbered(name.written)
    if subject is None:
        return None
    if name.numbers(subject) or name.numbers([subject[-1].removesuffix("s")]):
        return TypeGuess(
            None, {"key": f"{subject[0][0].upper()}-{{:05d}}"}, f'"{name.phrase}" numbers the rows of {name.table}'
        )
    if subject[-1] in ("haus", "house"):
        return TypeGuess(None, USUAL_FORMS["house number"], f'"{name.phrase}" is the number of a house')
    return None


def _code(name: _Name) -> TypeGuess | None:
    subject = _numbered(name.written)
    if subject is None:
        return None
    known = phrases().get(folded(subject))
    if name.written[-1] == "code" and known is not None and known[1]:
        # The code of a gender is how the gender is written.
        return _made(known[0], subject, name)
    return TypeGuess("id.code", None, f'"{name.phrase}" is a number or code of something else')


def _named(name: _Name) -> TypeGuess | None:
    """X name and nombre X, where X is a person, a company or a product; X type and tipo X."""
    if len(name.written) > 1:
        last, first = name.written[-1], name.written[0]
        if last == "by" and len(name.written) == 2:
            return TypeGuess("person.full_name", None, f'"{name.phrase}" names who did it')
        if last == "name" or first == "nombre":
            subject = without_little(name.written[:-1] if last == "name" else name.written[1:])
            made = contexts().get(("name", kind_of_word(subject[-1])), "")
            return TypeGuess(made, None, f'"{name.phrase}" names a {subject[-1]}') if made else None
        if last in _TYPE_WORDS or first in _TYPE_WORDS:
            head, subject = (
                (last, name.written[:-1]) if last in _TYPE_WORDS else (first, without_little(name.written[1:]))
            )
            of = kind_of_word(subject[-1])
            made = contexts().get((_TYPE_WORDS[head], of), "") if of not in ("", "event") else ""
            reason = f'"{name.phrase}" is the {_TYPE_WORDS[head]} of a {subject[-1]}'
            return TypeGuess(made, None, reason) if made else None
    elif name.written[0] in _TYPE_WORDS:
        return _by_context(_TYPE_WORDS[name.written[0]], name.phrase, name)
    return None


def _qualified(name: _Name) -> TypeGuess | None:
    """billing_zip is a zip: what stands before a known name (in Spanish behind it) only says whose it is."""
    joints = [at for at, word in enumerate(name.written) if at and word in ("of", "per", "pro", "por")]
    joint = next((at for at in joints if name.written[at - 1 : at + 2] != ["next", "of", "kin"]), None)
    if joint is not None:
        # Cost of goods and price per kWh are a cost and a price, and goods and kWh are none.
        found = phrases().get(folded(name.written[:joint]))
        return _made(found[0], name.written[:joint], name) if found is not None else None
    if _numbered(name.written) is not None:
        return None
    if name.written[0] in ("iban", "bic", "year", "jahr", "url", "currency"):
        return _made(phrases()[name.written[0]][0], name.written[:1], name)
    said = without_little(name.written)
    owned = len(said) > 1 and meaning_of(said[-1:]) in _ENTITIES
    if owned or said[0] in cue("spanish head"):
        for end in range(len(said) - 1, 0, -1):
            found = phrases().get(folded(said[:end]))
            if found is not None and (found[1] or found[0] == "?status"):
                return _made(found[0], said[:end], name)
    for start in range(1, len(said)):
        found = phrases().get(folded(said[start:]))
        if found is not None and (found[1] or _may_be_qualified(found[0], said[:start])):
            # What freight costs is no cost of goods.
            other = found[0] == "product.cost" and name.kind != "product"
            return _made("finance.amount" if other else found[0], said[start:], name)
    return None


def _may_be_qualified(meaning: str, qualifier: Sequence[str]) -> bool:
    if meaning in (">count", ">percent", ">score"):
        return True
    if meaning == ">value":
        return qualifier[-1] in ("reading", "sensor", "measured", "metric", "measurement", "mess")
    return meaning in ("?status", "?category", "?title") and qualifier[-1] in cue("generic")


_GERMAN_HEADS: Final = {
    "adresse": "place.address", "anschrift": "place.address", "betrag": "?amount", "summe": "finance.amount",
    "preis": "product.price", "kosten": "finance.amount", "gebuehr": "finance.amount", "name": "?name",
    "strasse": "place.street", "telefon": "person.phone", "status": "?status", "menge": "business.quantity",
    "rabatt": "business.discount", "gewicht": "product.weight_kg", "farbe": "text.color", "laenge": ">length",
    "temperatur": ">temperature", "dauer": "time.duration_minutes", "land": "place.country", "ort": "place.city",
    "stadt": "place.city", "beschreibung": "text.sentence", "kommentar": "text.comment", "bemerkung": "text.comment",
    "kategorie": "?category", "waehrung": "finance.currency", "datum": ">date", "quote": ">percent",
    "satz": ">percent", "email": "person.email", "mail": "person.email", "umsatz": "finance.amount",
    "flaeche": ">area", "sprache": "person.language",
}  # fmt: skip


def _compound(name: _Name) -> TypeGuess | None:
    """Lieferadresse, Verkaufspreis: German words in one, told by their last part."""
    last = name.written[-1]
    for head in sorted(_GERMAN_HEADS, key=len, reverse=True):
        rest = last.removesuffix(head)
        # Ort is a place, Passwort, Transport and Komfort are none.
        if last.endswith(head) and len(rest) >= 4 and not (head == "ort" and rest[-1] in "wpf"):
            meaning = _GERMAN_HEADS[head]
            if meaning == "?name":
                made = contexts().get(("name", kind_of_word(rest.rstrip("s"))), "")
                return TypeGuess(made, None, f'"{last}" names a {rest}') if made else None
            return _made(meaning, [rest, head], name)
    return None


def _misspelt(name: _Name) -> TypeGuess | None:
    """A letter or two wrong in the name, or in one of its words, that is long enough and no other word."""
    alone = len(name.written) == 1
    if (alone and kind_of_word(name.written[0])) or all(folded([word]) in vocabulary() for word in name.written):
        return None
    right = nearest(name.written[0], meanings()) if alone and name.written[0] not in cue("ordinary") else None
    mended = [mended_word(word) for word in name.written] if right is None else [right]
    if mended == name.written:
        return None
    for attempt in (_whole, _date, _qualified):
        guess = attempt(replace(name, words=mended, written=mended))
        if guess is not None:
            return TypeGuess(guess.type, guess.form, f'"{name.phrase}" looks like a misspelt "{" ".join(mended)}"')
    return None
