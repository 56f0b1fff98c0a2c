"""Make `subscribers.csv`: 10,000 made-up people, with the dirt that real tables have.

Run `python data/sample/make_sample.py`. The same seed gives the same file to the byte. All domains end in
`.example`, which RFC 2606 keeps free of people: nothing sent to them can reach anybody.
"""

import csv
import io
import random
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 20261124
PEOPLE = 10_000
COLUMNS = ["email", "name", "status", "tier", "city", "tags", "consented_at", "subscribed_at"]

NAMES = [
    ("Emma Olivia Grace Charlotte Henry Jack Thomas Amelia", "Smith Taylor Walker Hughes O'Neil Wright Bennett"),
    ("Léa Chloé Inès Zoé Gaël Noël Théo Jérôme", "Lefèvre Dubois Garçon Moreau D’Arcy Besnard"),
    ("Jürgen Käthe Anneliese Björn Sören Lotte Friedrich", "Müller Groß Schäfer Weiß Köhler von-der-Heide"),
    ("José María Begoña Íñigo Lucía Álvaro Núria", "García Muñoz Peña Ibáñez Núñez Castellanos"),
    ("Zofia Łukasz Wojciech Małgorzata Paweł Jadwiga", "Wiśniewska Żak Dąbrowski Łuczak Śliwa"),
    ("Şule Çağla Oğuz İrem Emre Gülşen", "Yılmaz Öztürk Doğan Şahin Çelik"),
    ("Анна Дмитрий Ольга Фёдор Юлия Кирилл", "Иванова Щербаков Соколов Жукова Ёлкин"),
    ("Ελένη Γιώργος Δήμητρα Νίκος", "Παπαδοπούλου Αγγελόπουλος Οικονόμου"),
    ("さくら 健太 美咲 翔 陽子", "佐藤 鈴木 高橋 田中 渡辺"),
    ("伟 芳 秀英 娜 磊", "王 李 张 刘 陈"),
    ("ليلى عمر فاطمة يوسف نور", "حداد المصري الخطيب منصور"),
    ("प्रिया अर्जुन लक्ष्मी राहुल", "शर्मा वर्मा पटेल गुप्ता"),
    ("Nguyễn Trần Phạm Đặng", "Thị-Hương Văn-Đức Minh-Châu Quỳnh"),
    ("Aoife Siobhán Caoimhe Cian", "Ó-Súilleabháin Byrne Gallagher"),
]
DOMAINS = {
    "gmail.example": 38,
    "outlook.example": 14,
    "icloud.example": 11,
    "yahoo.example": 9,
    "proton.example": 5,
    "gmx.example": 4,
    "web.example": 4,
    "orange.example": 3,
    "mail.example": 3,
    "university.example": 3,
    "city-hall.example": 2,
    "bookshop.example": 2,
    "bücher.example": 1,
    "пример.example": 1,
}
CITIES = [
    "London",
    "Dublin",
    "Paris",
    "Lyon",
    "Berlin",
    "Köln",
    "Wien",
    "Zürich",
    "Madrid",
    "Bilbao",
    "Kraków",
    "Łódź",
    "İstanbul",
    "Αθήνα",
    "Москва",
    "東京",
    "大阪",
    "北京",
    "القاهرة",
    "मुंबई",
    "Hà-Nội",
    "Toronto",
    "Québec",
    "Austin",
    "Nairobi",
    "São-Paulo",
]
TAGS = ["weekly", "longreads", "events", "beta", "podcast", "paper, print"]
FIRST_DAY = datetime(2019, 3, 1, tzinfo=UTC)
DAYS = 2_770

BROKEN_ADDRESSES = [
    "{local}{domain}",
    "{local}@@{domain}",
    "{local} {local}@{domain}",
    "{local}@{stem}",
    "{local}@{stem},example",
    "{local}..x@{domain}",
    "{local}@{domain}.",
    "@{domain}",
    "{local}@-{domain}",
    "{local}@{stem}_mail.example",
    "n/a",
    "{local}@xn--{stem}.example",
]


def main() -> None:
    """Write the table beside this script."""
    chance = random.Random(SEED)  # noqa: S311  # made-up people need no secret
    people = [person(chance, number) for number in range(PEOPLE)]
    lines = [line(row) for row in people]
    lines += [line(row) for row in seen_twice(chance, people)]
    chance.shuffle(lines)
    text = line(COLUMNS) + "".join(with_mishaps(chance, lines))
    Path(__file__).with_name("subscribers.csv").write_text(text, encoding="utf-8", newline="")


def person(chance: random.Random, number: int) -> list[str]:
    """Make one row; about one in twenty has something wrong or unusual."""
    given, family = (chance.choice(part.split()) for part in chance.choice(NAMES))
    subscribed = FIRST_DAY + timedelta(days=DAYS * chance.random() ** 0.6, seconds=chance.randrange(86_400))
    confirmed = subscribed + timedelta(minutes=chance.randrange(1, 2_000))
    status = status_of(chance)
    return [
        address_of(chance, given, family, number),
        name_of(chance, given, family),
        status,
        chance.choices(["free", "paid", "gift"], [80, 17, 3])[0],
        city_of(chance),
        ";".join(sorted(chance.sample(TAGS, chance.choices([0, 1, 2, 3], [40, 35, 18, 7])[0]))),
        "" if status == "unconfirmed" else consent_of(chance, confirmed),
        subscribed.strftime("%Y-%m-%d %H:%M:%S"),
    ]


def address_of(chance: random.Random, given: str, family: str, number: int) -> str:
    """Make an address that no other row has, or, for one in fifty, something that is none."""
    domain = chance.choices(list(DOMAINS), list(DOMAINS.values()))[0]
    local = ".".join(part for part in (latin(given), latin(family)) if part) or "reader"
    local = f"{local}{number}" if chance.random() < 0.9 else f"{local}+news{number}"
    luck = chance.random()
    if luck < 0.003:
        return chance.choice(["", " "])
    if luck < 0.022:
        template = chance.choice(BROKEN_ADDRESSES)
        return template.format(local=local, domain=domain, stem=domain.partition(".")[0])
    if luck < 0.0225:
        return f"{given} {family} <{local}@{domain}>"
    if luck < 0.06:
        return f"{local.title()}@{domain.title()}" if domain.isascii() else f" {local}@{domain}"
    return f"{local}@{domain}"


def latin(name: str) -> str:
    """Spell a name with the letters that most addresses are made of."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ı", "i").replace("Ł", "L"))
    return "".join(letter for letter in plain.lower() if "a" <= letter <= "z")


def name_of(chance: random.Random, given: str, family: str) -> str:
    """Make a name as forms deliver it: some missing, some with blanks, quotes or worse."""
    luck = chance.random()
    unusual = [
        (0.08, ""),
        (0.10, given),
        (0.11, f"  {given}  {family} "),
        (0.115, f'{given} "{family[:3]}" {family}'),
        (0.118, f"{family}, {given}"),
        (0.121, f"{given} {family} 🌱"),
        (0.1225, f"={given}!A1"),
        (0.124, f"@{given.lower()}"),
        (0.1255, f"{given}\u00a0{family}"),
        (0.1265, f"{given}\x07{family}"),
        (0.1275, f"<b>{given}</b>"),
        (0.1285, f"{{{{ {given} }}}}"),
    ]
    return next((name for bound, name in unusual if luck < bound), f"{given} {family}")


def status_of(chance: random.Random) -> str:
    """Choose a status word as different services and hands have written them."""
    words = {
        "active": 8_300,
        "Active": 500,
        "subscribed": 200,
        "": 60,
        "unsubscribed": 480,
        "Unsubscribed": 40,
        "bounced": 130,
        "unconfirmed": 200,
        "inactive": 60,
        "complained": 12,
        "blocked": 8,
        "soft bounced": 10,
        "maybe": 4,
        "vip!!": 3,
    }
    return chance.choices(list(words), list(words.values()))[0]


def city_of(chance: random.Random) -> str:
    """Choose a city; a few cells hold what a spreadsheet would compute."""
    luck = chance.random()
    if luck < 0.002:
        return chance.choice(['=HYPERLINK("https://evil.example","click")', "+49 30 901820", "-5", "@home"])
    return "" if luck < 0.15 else chance.choice(CITIES).replace("-", " ")


def consent_of(chance: random.Random, moment: datetime) -> str:
    """Write the time of consent, mostly one way, sometimes another, rarely none that can be read."""
    luck = chance.random()
    if luck < 0.003:
        return f"{chance.randrange(1, 13):02}/{chance.randrange(1, 13):02}/{moment.year}"
    if luck < 0.0045:
        return chance.choice(["yesterday", "2021-02-30", "0000-00-00 00:00:00", "2201-01-01"])
    if luck < 0.04:
        return ""
    if luck < 0.2:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def seen_twice(chance: random.Random, people: list[list[str]]) -> list[list[str]]:
    """Repeat some people in other case, some with another status, tags or name."""
    again = []
    for row in chance.sample(people, 240):
        twin = [*row]
        twin[0] = twin[0].upper() if twin[0].isascii() else twin[0]
        twin[2] = chance.choice([row[2], row[2], "active", "unsubscribed"])
        twin[5] = chance.choice([row[5], "events", ""])
        again.append(twin)
    return again


def line(row: list[str]) -> str:
    """Write one row as a spreadsheet program does."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(row)
    return written.getvalue()


def with_mishaps(chance: random.Random, lines: list[str]) -> list[str]:
    """Put in what happens to files: glued headers, blank lines, cells too many, rows cut off."""
    header = line(COLUMNS)
    for _ in range(7):
        spot = chance.randrange(len(lines))
        lines[spot] = lines[spot].replace("\r\n", ",x\r\n")
    for number in range(9):
        lines.insert(chance.randrange(len(lines)), f"cut.off{number}@mail.example,Cut Off {number}\r\n")
    for _ in range(6):
        lines.insert(chance.randrange(len(lines)), "\r\n")
    lines.insert(chance.randrange(len(lines)), ",,,,,,,\r\n")
    lines.insert(len(lines) // 2, header)
    return lines


if __name__ == "__main__":
    main()
