def top_key(scores):
    return max(scores, key=scores.get, default=None)
