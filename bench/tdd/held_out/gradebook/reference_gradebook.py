class GradeBook:
    def __init__(self, weights):
        if sum(weights.values()) != 100:
            raise ValueError("weights must add up to 100")
        self.weights = weights
        self.scores = {}

    def record(self, student, category, score):
        if category not in self.weights:
            raise KeyError(category)
        if not 0 <= score <= 100:
            raise ValueError(f"score out of range: {score}")
        by_category = self.scores.setdefault(student, {name: [] for name in self.weights})
        by_category[category].append(score)

    def average(self, student, category):
        scores = self.scores[student][category]
        return sum(scores) / len(scores) if scores else 0

    def final(self, student):
        return sum(
            weight / 100 * self.average(student, category)
            for category, weight in self.weights.items()
        )

    def ranking(self):
        return sorted(self.scores, key=lambda student: (-self.final(student), student))
