import html
import re

PIECES = re.compile(r"(`[^`\n]+`)|(https?://[^\s<]*[\w/])|((?<!\w)@\w+)")


def to_html(text):
    kept = []

    def keep(match):
        code, link, user = (html.escape(group or "", quote=False) for group in match.groups())
        if code:
            kept.append(f"<code>{code[1:-1]}</code>")
        elif link:
            kept.append(f'<a href="{link}">{link}</a>')
        else:
            kept.append(f'<span class="user">{user}</span>')
        return "\0"

    text = html.escape(PIECES.sub(keep, text), quote=False)
    for mark, tag in (("*", "b"), ("_", "i")):
        m = re.escape(mark)
        text = re.sub(
            rf"(?<![\w{m}]){m}(?=[^\s{m}])([^{m}\n]*?)(?<=\S){m}(?!\w)", rf"<{tag}>\1</{tag}>", text
        )
    text = re.sub("\0", lambda _: kept.pop(0), text)
    return text.replace("\n", "<br>")
