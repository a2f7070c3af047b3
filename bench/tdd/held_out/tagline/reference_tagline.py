def parse_tags(text):
    tags = []
    for part in text.split(","):
        tag = " ".join(part.lower().split())
        if tag and tag not in tags:
            tags.append(tag)
    return tags


def join_tags(tags):
    return ", ".join(sorted(tags))
