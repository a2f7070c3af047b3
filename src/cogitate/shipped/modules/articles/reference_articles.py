def with_article(noun):
    article = "an" if noun[0].lower() in "aeiou" else "a"
    return f"{article} {noun}"
