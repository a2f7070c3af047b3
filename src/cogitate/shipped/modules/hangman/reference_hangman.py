class Hangman:
    def __init__(self, word, lives):
        self.word = word
        self.lives = lives
        self._guessed = set()

    def guess(self, letter):
        if letter in self._guessed:
            raise ValueError(f"{letter} was guessed already")
        self._guessed.add(letter)
        if letter in self.word:
            return True
        self.lives -= 1
        return False

    def shown(self):
        return "".join(letter if letter in self._guessed else "_" for letter in self.word)

    def state(self):
        if "_" not in self.shown():
            return "won"
        return "playing" if self.lives > 0 else "lost"
