class TodoList:
    def __init__(self):
        self._tasks = {}

    def add(self, title):
        if not title.strip():
            raise ValueError("a task needs a title")
        if title in self._tasks:
            raise ValueError(f"there already: {title}")
        self._tasks[title] = False

    def done(self, title):
        if title not in self._tasks:
            raise KeyError(title)
        self._tasks[title] = True

    def open_tasks(self):
        return [title for title, done in self._tasks.items() if not done]

    def summary(self):
        return f"{sum(self._tasks.values())} of {len(self._tasks)} done"
