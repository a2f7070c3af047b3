"""Total time of playlists."""

SONGS = {"Intro": "1:05", "Second": "3:50", "Outro": "0:45"}


def seconds(text):
    """Return the seconds of "m:ss"."""
    minutes, rest = text.split(":")
    return int(minutes) * 60 + int(rest)


def total(songs):
    return sum(seconds(time) for time in songs.values())


def spoken(number):
    """Return seconds as "m:ss"."""
    return f"{number // 60}:{number % 60:02d}"


if __name__ == "__main__":
    print(len(SONGS), "songs,", spoken(total(SONGS)))
