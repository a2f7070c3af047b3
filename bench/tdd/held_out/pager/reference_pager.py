from dataclasses import dataclass


@dataclass
class Page:
    items: list
    number: int
    per_page: int
    total: int

    @property
    def pages(self):
        return max(1, -(-self.total // self.per_page))

    @property
    def has_prev(self):
        return self.number > 1

    @property
    def has_next(self):
        return self.number < self.pages

    @property
    def label(self):
        if not self.total:
            return "0 of 0"
        first = (self.number - 1) * self.per_page + 1
        return f"{first}-{first + len(self.items) - 1} of {self.total}"


def paginate(items, page, per_page):
    start = (page - 1) * per_page
    result = Page(items[start : start + per_page], page, per_page, len(items))
    if not 1 <= page <= result.pages:
        raise IndexError(f"no page {page}")
    return result
