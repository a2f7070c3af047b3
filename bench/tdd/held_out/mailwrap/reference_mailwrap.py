import textwrap


def wrap_mail(text, width):
    result = []
    block = []

    def flush():
        if not block:
            return
        joined = " ".join(" ".join(block).split())
        indent = "  " if joined.startswith("- ") else ""
        result.extend(
            textwrap.wrap(
                joined,
                width,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        block.clear()

    for line in text.splitlines():
        if line.startswith(">"):
            flush()
            result.append(line)
        elif not line.strip():
            flush()
            if result and result[-1]:
                result.append("")
        else:
            if line.startswith("- "):
                flush()
            block.append(line)
    flush()
    return "".join(line + "\n" for line in result)
