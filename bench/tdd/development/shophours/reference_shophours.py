from datetime import datetime, time, timedelta

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def parse_days(text):
    days = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = DAYS.index(first)
        end = DAYS.index(last) if dash else start
        days += range(start, end + 1)
    return days


class Hours:
    def __init__(self, text):
        self._spans = []  # (weekday, opens, closes)
        for entry in text.split(";"):
            days, times = entry.split()
            for span in times.split(","):
                opens, closes = (
                    datetime.strptime(part, "%H:%M").time() for part in span.split("-")
                )
                self._spans += [(day, opens, closes) for day in parse_days(days)]

    def is_open(self, when):
        yesterday = (when.weekday() - 1) % 7
        for day, opens, closes in self._spans:
            overnight = closes <= opens
            if day == when.weekday() and opens <= when.time() < (time.max if overnight else closes):
                return True
            if overnight and day == yesterday and when.time() < closes:
                return True
        return False

    def next_opening(self, when):
        openings = []
        for day, opens, _ in self._spans:
            date = when.date() + timedelta(days=(day - when.weekday()) % 7)
            opening = datetime.combine(date, opens)
            if opening <= when:
                opening += timedelta(days=7)
            openings.append(opening)
        return min(openings)
