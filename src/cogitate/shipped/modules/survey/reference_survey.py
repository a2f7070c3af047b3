class Survey:
    def __init__(self, question, options):
        self.question = question
        self._options = list(options)
        self._answers = {}
        self._closed = False

    def answer(self, person, option):
        if self._closed:
            raise RuntimeError("the survey is closed")
        if option not in self._options:
            raise ValueError(f"no such option: {option}")
        self._answers[person] = option

    def close(self):
        self._closed = True

    def results(self):
        given = list(self._answers.values())
        return {option: given.count(option) for option in self._options}

    def report(self):
        if not self._answers:
            return f"{self.question} no answers"
        results = self.results()
        best = max(results, key=results.get)
        return f"{self.question} {best} ({results[best]} of {len(self._answers)})"
