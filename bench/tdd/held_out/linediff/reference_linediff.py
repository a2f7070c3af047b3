from difflib import SequenceMatcher


def diff(old, new):
    lines = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [f"  {line}" for line in old[i:j]]
        else:
            lines += [f"- {line}" for line in old[i:j]]
            lines += [f"+ {line}" for line in new[k:m]]
    return lines


def summary(lines):
    added = sum(line.startswith("+ ") for line in lines)
    removed = sum(line.startswith("- ") for line in lines)
    return f"{added} added, {removed} removed" if added or removed else "no changes"


def apply(old, lines):
    result = []
    position = 0
    for line in lines:
        if line.startswith("+ "):
            result.append(line[2:])
            continue
        if line.startswith("  "):
            result.append(old[position])
        position += 1
    return result
