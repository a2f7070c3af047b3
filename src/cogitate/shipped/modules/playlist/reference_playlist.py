class Playlist:
    def __init__(self):
        self._songs = []
        self._place = 0

    def add(self, song):
        self._songs.append(song)

    def current(self):
        return self._songs[self._place] if self._songs else None

    def _move(self, step):
        if not self._songs:
            raise IndexError("the playlist is empty")
        self._place = (self._place + step) % len(self._songs)
        return self._songs[self._place]

    def next(self):
        return self._move(1)

    def previous(self):
        return self._move(-1)
