"""Draw teams from a list of names."""

NAMES = ["Ann", "Ben", "Cem", "Dia", "Eva"]


def teams(names, number):
    """Deal names to teams in turn."""
    dealt = [[] for _ in range(number)]
    for index, name in enumerate(names):
        dealt[index % number].append(name)
    return dealt


if __name__ == "__main__":
    for team in teams(NAMES, 2):
        print(", ".join(team))
