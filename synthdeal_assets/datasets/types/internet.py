"""Types of the internet; every address is one that the standards keep for documentation, or that leads nowhere."""

from __future__ import annotations

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.companies import DOMAIN_FORM
from synthdeal_assets.datasets.types.draws import below, data_file, field_salt, numbers, pairs, text
from synthdeal_assets.datasets.types.joint_tables import JointTable
from synthdeal_assets.datasets.types.languages import is_word
from synthdeal_assets.datasets.types.lists import from_list, list_of
from synthdeal_assets.datasets.types.semantic_type import Family, SemanticType, TypeRequest
from synthdeal_assets.foundation.drawing.names.companies import invented_stems
from synthdeal_assets.foundation.drawing.names.slugs import slug
from synthdeal_assets.foundation.drawing.randomness import IntArray, mix

_STATUS: Final = (
    (200,) * 78
    + (201,) * 4
    + (204,) * 2
    + (301,) * 2
    + (302,) * 2
    + (304,) * 3
    + (400,) * 2
    + (401, 403)
    + (404,) * 3
    + (500, 503)
)


_DEVICES: Final = JointTable(
    "devices.csv",
    {"browser": "internet.browser", "system": "internet.operating_system", "device": "internet.device_type"},
)


_OLDEST_VERSIONS: Final = {"Safari": 16, "Samsung Internet": 25, "Opera": 105}
_FILES: Final = JointTable("files.csv", {"mime": "internet.mime_type"})


@cache
def _user_agents(kind: str) -> dict[str, str]:
    return dict(data_file("user_agents.csv").filter(pl.col("kind") == kind).select("name", "text").rows())


@cache
def _page_words() -> pl.Series:
    return data_file("words.csv").filter(pl.col("kind") == "page")["word"]


def _domains(request: TypeRequest) -> pl.Series:
    stems = pl.Series([slug(stem) for stem in invented_stems()])
    if not request.unique:
        return stems.gather(below(request.keys("domain"), stems.len())) + ".example"
    turn, one, other = pairs(request.rows, 80, stems.len() // 80, field_salt(request, "domain"))
    return text(
        pl.concat_str(
            "stem",
            pl.when(pl.col("turn") == 0).then(pl.lit("")).otherwise(pl.lit("-") + (pl.col("turn") + 1).cast(pl.String)),
            pl.lit(".example"),
        ),
        stem=stems.gather(other * 80 + one),
        turn=pl.Series(turn),
    )


def _words_of(request: TypeRequest, count: int, separator: str) -> pl.Series:
    words = _page_words()
    keys = request.keys("path")
    parts = {f"w{at}": words.gather(below(mix(keys, str(at)), words.len())) for at in range(count)}
    joined = text(pl.concat_str(*parts, separator=separator), **parts)
    if not request.unique:
        return joined
    return text(pl.concat_str("joined", pl.lit("-"), "row"), joined=joined, row=pl.Series(request.rows + 1))


def _domain_beside(request: TypeRequest) -> pl.Series:
    given = request.option("domain")
    for name in ("company.domain", "internet.domain"):
        given = request.sibling(name) if given is None else given
    if given is not None:
        return given
    stems = pl.Series([slug(stem) for stem in invented_stems()])
    return stems.gather(below(request.keys("domain"), stems.len())) + ".example"


def _url(request: TypeRequest) -> pl.Series:
    return text(
        pl.concat_str(pl.lit("https://"), "domain", pl.lit("/"), "path"),
        domain=_domain_beside(request),
        path=_words_of(request, 2, "/"),
    )


def _host(request: TypeRequest) -> pl.Series:
    names = pl.Series(["web", "db", "mail", "app", "cache", "proxy", "build", "files"]).gather(
        below(request.keys("host"), 8)
    )
    number = (
        pl.Series(request.rows + 1 if request.unique else 1 + below(request.keys("host number"), 40))
        .cast(pl.String)
        .str.zfill(2)
    )
    return text(pl.concat_str("name", pl.lit("-"), "number", pl.lit(".internal.example")), name=names, number=number)


def _ipv4(request: TypeRequest) -> pl.Series:
    """Of the three blocks of RFC 5737; unique ones of 10.0.0.0/8, which RFC 1918 keeps out of the internet."""
    if request.unique:
        _, high, low = pairs(request.rows, 4096, 4096, field_salt(request, "ip"))
        number = high * 4096 + low
        octets = [number >> 16 & 255, number >> 8 & 255, number & 255]
        return text(
            pl.concat_str(pl.lit("10"), *"abc", separator="."), **dict(zip("abc", map(pl.Series, octets), strict=True))
        )
    blocks = pl.Series(["192.0.2", "198.51.100", "203.0.113"]).gather(below(request.keys("block"), 3))
    return text(
        pl.concat_str("block", "host", separator="."),
        block=blocks,
        host=pl.Series(1 + below(request.keys("host"), 254)),
    )


def _hex_groups(values: IntArray, groups: int, digits: int) -> list[pl.Series]:
    table = pl.Series([f"{value:0{digits}x}" for value in range(16**digits)])
    return [table.gather(values >> (4 * digits * at) & (16**digits - 1)) for at in reversed(range(groups))]


def _hexadecimal(request: TypeRequest, what: str, bits: int) -> IntArray:
    """A number of so many bits for each row, by draw; where the field is unique, all once."""
    if not request.unique:
        return (request.keys(what) >> np.uint64(64 - bits)).astype(np.int64)
    half = 1 << bits // 2
    _, high, low = pairs(request.rows, half, half, field_salt(request, what))
    return high * half + low


def _ipv6(request: TypeRequest) -> pl.Series:
    """Below 2001:db8::/32, which RFC 3849 keeps for documentation."""
    low = _hexadecimal(request, "ipv6", 48)
    high = (request.keys("ipv6 net") >> np.uint64(32)).astype(np.int64)
    parts = {f"g{at}": group for at, group in enumerate([*_hex_groups(high, 2, 4), *_hex_groups(low, 3, 4)])}
    return text(pl.concat_str(pl.lit("2001:db8"), *parts, pl.lit("1"), separator=":"), **parts)


def _mac(request: TypeRequest) -> pl.Series:
    """Locally administered addresses, which no maker has."""
    parts = {f"g{at}": group for at, group in enumerate(_hex_groups(_hexadecimal(request, "mac", 40), 5, 2))}
    return text(pl.concat_str(pl.lit("02"), *parts, separator=":"), **parts)


def _agent(request: TypeRequest) -> pl.Series:
    """Of the browser and system beside."""
    at = _DEVICES.row_of(request)
    given = {name: request.sibling(name) for name in ("internet.browser", "internet.operating_system")}
    browser, system = (
        _DEVICES.rows()[column].gather(at) if column_ is None else column_
        for column, column_ in zip(("browser", "system"), given.values(), strict=True)
    )
    agents, named = _user_agents("browser"), _user_agents("system")
    least = browser.replace_strict(_OLDEST_VERSIONS, default=120, return_dtype=pl.Int64).to_numpy()
    newer = below(mix(request.keys("agent"), "version"), 24)
    versions = pl.Series(least + np.where(least < 100, newer // 8, newer)).cast(pl.String)
    patterns = browser.replace_strict(agents, default=agents["Chrome"], return_dtype=pl.String)
    systems = system.replace_strict(named, default=named["Windows"], return_dtype=pl.String)
    return text(
        pl.col("pattern")
        .str.replace("{system}", pl.col("system"), literal=True)
        .str.replace_all("{version}", pl.col("version"), literal=True),
        pattern=patterns,
        system=systems,
        version=versions,
    )


_SERVERS: Final = pl.Series(["Linux", "Windows", "Linux", "Linux", "Windows"])


def _system(request: TypeRequest) -> pl.Series:
    """Of the browser and device beside; of a machine with a host name one that servers run."""
    if request.sibling("internet.host_name") is None:
        return _DEVICES.of_row(request, "system")
    return _SERVERS.gather(below(request.keys("server"), _SERVERS.len()))


_LEVELS: Final = pl.Series(["INFO", "INFO", "INFO", "INFO", "DEBUG"])


def _log_level(request: TypeRequest) -> pl.Series:
    """Of the HTTP status beside: an error from 500, a warning from 400, else one of those of good news."""
    status = request.sibling("internet.http_status")
    if status is None:
        return from_list(request, "internet.log_level")
    good = _LEVELS.gather(below(request.keys("internet.log_level"), _LEVELS.len()))
    return text(
        pl.when(pl.col("status") >= 500)
        .then(pl.lit("ERROR"))
        .when(pl.col("status") >= 400)
        .then(pl.lit("WARNING"))
        .otherwise("good"),
        status=status,
        good=good,
    )


def _file(request: TypeRequest) -> pl.Series:
    ending = _FILES.rows()["ending"].gather(_FILES.row_of(request))
    return text(pl.concat_str("name", "ending", separator="."), name=_words_of(request, 2, "-"), ending=ending)


def _status(request: TypeRequest) -> pl.Series:
    return pl.Series(np.array(_STATUS, dtype=np.int64)[below(request.keys("status"), len(_STATUS))])


def _port(request: TypeRequest) -> pl.Series:
    return pl.Series(
        np.array([22, 25, 53, 80, 443, 3306, 5432, 6379, 8080, 8443], dtype=np.int64)[below(request.keys("port"), 10)]
    )


def _bytes(request: TypeRequest) -> pl.Series:
    return numbers(request, "bytes", median=24_000, p90=900_000, span=(1, 5_000_000_000), decimals=0)


_type: Final = Family("internet")


INTERNET: Final[tuple[SemanticType, ...]] = (
    _type(
        "domain",
        "velmora.example",
        "Invented domain below .example, which RFC 2606 keeps from being used.",
        _domains,
        valid=DOMAIN_FORM,
        capacity=None,
    ),
    _type(
        "url",
        "https://velmora.example/pricing/faq",
        "Page at the domain beside it or given, below .example.",
        _url,
        options=("domain",),
        follows=("company.domain", "internet.domain"),
        valid="regexp_full_match({value}, 'https://([a-z0-9-]+[.])+example/.*')",
        capacity=None,
    ),
    _type(
        "host_name",
        "web-07.internal.example",
        "Name of a machine below .example.",
        _host,
        valid="ends_with({value}, '.example')",
        capacity=None,
    ),
    _type(
        "ipv4",
        "203.0.113.17",
        "IPv4 address of the blocks that RFC 5737 keeps for documentation; unique ones of 10.0.0.0/8 (RFC 1918).",
        _ipv4,
        valid="regexp_full_match({value}, '(192[.]0[.]2|198[.]51[.]100|203[.]0[.]113|10([.][0-9]+){2})[.][0-9]+')",
        capacity=4096 * 4096,
    ),
    _type(
        "ipv6",
        "2001:db8:4f1a:9c02:0:12:7b:1",
        "IPv6 address of the block that RFC 3849 keeps for documentation.",
        _ipv6,
        valid="starts_with({value}, '2001:db8:')",
        capacity=None,
    ),
    _type(
        "mac_address",
        "02:4f:1a:9c:02:7b",
        "MAC address that is administered locally, so no maker's.",
        _mac,
        valid="regexp_full_match({value}, '02(:[0-9a-f]{2}){5}')",
        capacity=2**40,
    ),
    _type(
        "user_agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "User agent of the browser and system beside it.",
        _agent,
        entity="visitor",
        follows=("internet.browser", "internet.operating_system"),
        follows_narrowed=("internet.device_type",),
        valid="starts_with({value}, 'Mozilla/5.0 (')",
    ),
    *(
        _type(
            name.partition(".")[2],
            example,
            f"{what}, as the others of browser, system and device beside it allow.",
            _system if column == "system" else partial(_DEVICES.of_row, column=column),
            entity="visitor",
            follows=("internet.host_name",) if column == "system" else (),
            follows_narrowed=_DEVICES.types,
            valid=f"{{value}} IN (SELECT {column} FROM synthdeal_devices)",
        )
        for (column, name), example, what in zip(
            _DEVICES.columns.items(),
            ("Chrome", "Android", "mobile"),
            ("Web browser", "Operating system", "Kind of device"),
            strict=True,
        )
    ),
    _type(
        "path",
        "/pricing/faq",
        "Path of a page.",
        lambda request: "/" + _words_of(request, 2, "/"),
        valid="starts_with({value}, '/')",
        capacity=None,
    ),
    _type(
        "slug",
        "pricing-faq-guide",
        "Words as they stand in an address.",
        partial(_words_of, count=3, separator="-"),
        valid="regexp_full_match({value}, '[a-z0-9-]+')",
        capacity=None,
    ),
    _type(
        "file_name",
        "pricing-faq.pdf",
        "Name of a file, of the media type beside it.",
        _file,
        entity="file",
        follows_narrowed=_FILES.types,
        valid="contains({value}, '.')",
        capacity=None,
    ),
    _type(
        "mime_type",
        "application/pdf",
        "Media type, of the file beside it.",
        lambda request: _FILES.rows()["mime"].gather(_FILES.row_of(request)),
        entity="file",
        follows_narrowed=_FILES.types,
        valid="{value} IN (SELECT mime FROM synthdeal_files)",
    ),
    _type(
        "file_size",
        "24000",
        "Size of a file in bytes.",
        _bytes,
        Kind.WHOLE,
        options=("min", "max"),
        valid="{value} >= 0",
    ),
    _type(
        "http_status",
        "200",
        "HTTP status, 2xx in 84% of the rows.",
        _status,
        Kind.WHOLE,
        valid="{value} BETWEEN 100 AND 599",
    ),
    _type(
        "log_level",
        "INFO",
        "Level of a log entry, of the HTTP status beside it.",
        _log_level,
        follows=("internet.http_status",),
        valid=is_word("internet.log_level"),
        capacity=list_of("internet.log_level").height,
    ),
    _type("port", "443", "Port of a well-known service.", _port, Kind.WHOLE, valid="{value} BETWEEN 1 AND 65535"),
)
