import re

TAG = re.compile(r"(?<!\S)#(\w+)")


def hashtags(text):
    return list(dict.fromkeys(tag.lower() for tag in TAG.findall(text)))


def remove_hashtags(text):
    return " ".join(TAG.sub("", text).split())
