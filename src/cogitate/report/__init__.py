"""Reports: one self-contained HTML file about runs, and the JSON that it was made from.

`story` gathers what is worth telling from a run's records, `page` lays it out. Both are handed
plain values and read no folder themselves.
"""

from cogitate.report.page import page
from cogitate.report.story import Records, story

__all__ = ["Records", "page", "story"]
