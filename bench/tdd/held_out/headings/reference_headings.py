import re


def outline(markdown):
    found = []
    fenced = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and (match := re.match(r"(#{1,6}) (.+)", line)):
            found.append((len(match[1]), match[2].strip()))
    return found


def anchor(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def toc(markdown):
    lines = []
    seen = {}
    for level, title in outline(markdown):
        if level == 1:
            continue
        name = anchor(title)
        count = seen.get(name, 0)
        seen[name] = count + 1
        if count:
            name = f"{name}-{count}"
        lines.append(f"{'  ' * (level - 2)}- [{title}](#{name})")
    return "\n".join(lines)
