"""A failing command and its error in; a patch that was tried, or questions, out.

output -> failure -> sources -> prompt -> answers -> patches, tried in a copy -> one, or questions
"""
