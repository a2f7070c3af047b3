import re
from dataclasses import dataclass, field

PART = re.compile(r'(-|\w+:)?(?:"([^"]*)"|([^\s"]+))')


@dataclass
class Query:
    words: list = field(default_factory=list)
    fields: dict = field(default_factory=dict)
    excluded: list = field(default_factory=list)


def parse(text):
    if text.count('"') % 2:
        raise ValueError("unclosed quote")
    query = Query()
    for mark, phrase, word in PART.findall(text.lower()):
        value = phrase or word
        if mark == "-":
            query.excluded.append(value)
        elif mark:
            query.fields[mark[:-1]] = value
        else:
            query.words.append(value)
    return query


def search(issues, text):
    query = parse(text)

    def matches(issue):
        title = issue["title"].lower()
        return (
            all(word in title for word in query.words)
            and not any(word in title for word in query.excluded)
            and all(issue.get(key, "").lower() == value for key, value in query.fields.items())
        )

    return [issue for issue in issues if matches(issue)]
