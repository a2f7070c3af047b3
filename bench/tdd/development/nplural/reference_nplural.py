def plural_index(language, n):
    if language == "fr":
        return 0 if n < 2 else 1
    if language == "pl":
        if n == 1:
            return 0
        return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2
    return 0 if n == 1 else 1


class Translator:
    def __init__(self, texts, language):
        self.texts = texts
        self.language = language

    def __call__(self, key, n=1, **values):
        for language in (self.language, "en"):
            forms = self.texts.get(language, {}).get(key)
            if forms:
                index = plural_index(language, n) if len(forms) > 1 else 0
                return forms[index].format(n=n, **values)
        return key
